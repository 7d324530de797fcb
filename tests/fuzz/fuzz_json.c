/*
 * Any bytes as JSON: what is read can be printed, what was printed is read as
 * the same again, and cJSON's own parser reads the same from it.
 */
#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fine)
{
    if (!fine)
        abort();
}

/* Ask each value for everything; recursion ends at max_depth. */
static void walk(const struct json *value)
{
    const struct json *child;
    int64_t integer;

    (void)json_number(value);
    (void)json_is_true(value);
    if (json_integer(value, &integer))
        require(integer <= JSON_INTEGER_MAX && integer >= -JSON_INTEGER_MAX);
    if (json_type(value) == JSON_STRING)
        require(json_string(value).at != NULL);
    for (child = json_first(value); child; child = json_next(child))
        walk(child);
}

static void print(const struct json_document *doc, struct buffer *out)
{
    buffer_init(out, 1UL << 20);
    require(json_print(doc, out));
}

static void compare(struct slice text, const struct buffer *printed)
{
    cJSON *item;
    char *theirs;

    /* cJSON reads no text of a single byte behind a byte order mark. */
    if (text.len > 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
        text = (struct slice){text.at + 3, text.len - 3};
    item = cJSON_ParseWithLength(text.at, text.len);
    theirs = cJSON_PrintUnformatted(item);
    require(theirs && slice_is(buffer_slice(printed), theirs));
    cJSON_free(theirs);
    cJSON_Delete(item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_limits limits = {.max_bytes = 4096,
                                       .max_depth = 16,
                                       .max_values = 256,
                                       .unique_keys = true};
    const struct json_limits roomy = {.max_bytes = 1UL << 20,
                                      .max_depth = 16,
                                      .max_values = 256,
                                      .unique_keys = true};
    struct slice text = {(const char *)data, size};
    struct json_document doc;
    struct json_document again;
    struct buffer first;
    struct buffer second;
    struct error err;

    if (!json_parse(&doc, text, &limits, &err)) {
        require(!doc.root);
        return 0;
    }
    walk(doc.root);
    print(&doc, &first);
    compare(text, &first);
    require(json_parse(&again, buffer_slice(&first), &roomy, &err));
    print(&again, &second);
    require(slice_equal(buffer_slice(&first), buffer_slice(&second)));
    json_release(&doc);
    json_release(&again);
    buffer_release(&first);
    buffer_release(&second);
    return 0;
}
