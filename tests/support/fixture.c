/*
 * Events go through event_read as they do in the function; a file or a text
 * that is no request fails the test or says so.
 */
#include "fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define DIRECTORY "tests/unit/fixtures/"

void fixture_load(const char *name, struct buffer *out)
{
    char path[256];
    char part[4096];
    size_t got;
    FILE *file;

    (void)snprintf(path, sizeof(path), DIRECTORY "%s", name);
    file = fopen(path, "rb");
    cr_assert(file, "%s: run the tests from the top of the repository", path);
    while ((got = fread(part, 1, sizeof(part), file)) > 0)
        cr_assert(buffer_append(out, part, got));
    cr_assert(!ferror(file), "%s", path);
    (void)fclose(file);
}

static void init(struct fixture *f)
{
    *f = (struct fixture){0};
    buffer_init(&f->text, EVENT_MAX_BYTES + 1);
    buffer_init(&f->answer_text, 1UL << 20);
    event_init(&f->event);
}

void fixture_open(struct fixture *f, const char *name)
{
    init(f);
    fixture_load(name, &f->text);
    cr_assert_eq(event_read(&f->event, &f->text, &f->request, &f->err),
                 EVENT_REQUEST, "%s: %s", name, f->err.text);
}

bool fixture_open_text(struct fixture *f, const char *text)
{
    init(f);
    cr_assert(buffer_append_text(&f->text, text));
    return event_read(&f->event, &f->text, &f->request, &f->err) ==
           EVENT_REQUEST;
}

void fixture_close(struct fixture *f)
{
    buffer_release(&f->text);
    buffer_release(&f->answer_text);
    event_release(&f->event);
    json_release(&f->answer);
}

const struct json *fixture_answer(struct fixture *f,
                                  const struct message_response *response)
{
    const struct json_limits limits = {.max_bytes = 1UL << 20,
                                       .max_depth = 8,
                                       .max_values = 1000,
                                       .unique_keys = true};

    buffer_clear(&f->answer_text);
    json_release(&f->answer);
    cr_assert(event_write(&f->event, response, &f->answer_text));
    cr_assert(
        json_parse(&f->answer, buffer_slice(&f->answer_text), &limits, &f->err),
        "%s", f->err.text);
    return f->answer.root;
}

const char *fixture_header(const struct fixture *f, const char *name)
{
    static char value[512];
    struct slice found = message_header(&f->request, name);

    (void)snprintf(value, sizeof(value), "%.*s", (int)found.len,
                   found.at ? found.at : "");
    return value;
}

bool fixture_is(const struct json *object, const char *key, const char *text)
{
    return slice_is(json_string(json_get(object, key)), text);
}
