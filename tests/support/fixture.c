/*
 * Events go through event_read as they do in the function; a file or a text
 * that is no request fails the test or says so.
 */
#include "fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define DIRECTORY "tests/unit/fixtures/"

struct fixture fixture;

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

static void init(void)
{
    buffer_init(&fixture.text, EVENT_MAX_BYTES + 1);
    buffer_init(&fixture.answer_text, 1UL << 20);
    message_response_init(&fixture.res, 1000);
    event_init(&fixture.event);
}

void fixture_open(const char *name)
{
    init();
    fixture_load(name, &fixture.text);
    cr_assert_eq(event_read(&fixture.event, &fixture.text, &fixture.request,
                            &fixture.err),
                 EVENT_REQUEST, "%s: %s", name, fixture.err.text);
}

bool fixture_open_text(const char *text)
{
    init();
    cr_assert(buffer_append_text(&fixture.text, text));
    return event_read(&fixture.event, &fixture.text, &fixture.request,
                      &fixture.err) == EVENT_REQUEST;
}

void fixture_close(void)
{
    buffer_release(&fixture.text);
    buffer_release(&fixture.answer_text);
    message_response_release(&fixture.res);
    event_release(&fixture.event);
    json_release(&fixture.answer);
    fixture = (struct fixture){0}; /* so that a leak shows */
}

const struct json *fixture_answer(void)
{
    const struct json_limits limits = {.max_bytes = 1UL << 20,
                                       .max_depth = 8,
                                       .max_values = 1000,
                                       .unique_keys = true};
    int64_t status;

    buffer_clear(&fixture.answer_text);
    json_release(&fixture.answer);
    cr_assert(event_write(&fixture.event, &fixture.res, &fixture.answer_text));
    cr_assert(json_parse(&fixture.answer, buffer_slice(&fixture.answer_text),
                         &limits, &fixture.err),
              "%s", fixture.err.text);
    cr_assert(
        json_integer(json_get(fixture.answer.root, "statusCode"), &status));
    cr_expect_eq(status, fixture.res.status);
    cr_expect(slice_equal(
        json_string(json_get(fixture.answer.root, "body")),
        slice_of(fixture.res.body.data ? fixture.res.body.data : "")));
    return fixture.answer.root;
}

const char *fixture_header(const char *name)
{
    static char value[512];
    struct slice found = message_header(&fixture.request, name);

    (void)snprintf(value, sizeof(value), "%.*s", (int)found.len,
                   found.at ? found.at : "");
    return value;
}

bool fixture_is(const struct json *object, const char *key, const char *text)
{
    return slice_is(json_string(json_get(object, key)), text);
}
