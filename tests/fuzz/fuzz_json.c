/*
 * Any bytes as JSON: cJSON's own parser reads the same from them, what is read
 * can be printed, and what was printed is read as the same again.
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

/* Whether both are the same, with all that is in them. */
static void compare(const struct json *ours, const cJSON *theirs)
{
    const struct json *child = json_first(ours);
    const cJSON *other = theirs->child;

    require(json_type(ours) != JSON_STRING ||
            slice_is(json_string(ours), theirs->valuestring));
    require(json_type(ours) != JSON_BOOL ||
            json_is_true(ours) == cJSON_IsTrue(theirs));
    require((json_type(ours) == JSON_NUMBER) == cJSON_IsNumber(theirs) &&
            (json_type(ours) == JSON_NULL) == cJSON_IsNull(theirs) &&
            (json_type(ours) == JSON_OBJECT) == cJSON_IsObject(theirs));
    require(!cJSON_IsNumber(theirs) ||
            json_number(ours) == theirs->valuedouble);
    for (; child && other; child = json_next(child), other = other->next) {
        require(!json_key(child) ||
                strcmp(json_key(child), other->string) == 0);
        compare(child, other);
    }
    require(!child && !other);
}

static void compare_with_cjson(struct slice text, const struct json *root)
{
    cJSON *theirs;

    /* cJSON reads no text of a single byte behind a byte order mark. */
    if (text.len > 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
        text = (struct slice){text.at + 3, text.len - 3};
    theirs = cJSON_ParseWithLength(text.at, text.len);
    require(theirs != NULL);
    compare(root, theirs);
    cJSON_Delete(theirs);
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
    struct buffer texts[3];
    struct error err;

    if (!json_parse(&doc, text, &limits, &err)) {
        require(!doc.root);
        return 0;
    }
    walk(doc.root);
    compare_with_cjson(text, doc.root);
    print(&doc, &texts[0]);
    json_release(&doc);
    /* cJSON may round a fraction when it is printed, and once only. */
    for (size_t i = 1; i < 3; i++) {
        require(json_parse(&doc, buffer_slice(&texts[i - 1]), &roomy, &err));
        print(&doc, &texts[i]);
        json_release(&doc);
    }
    require(slice_equal(buffer_slice(&texts[1]), buffer_slice(&texts[2])));
    for (size_t i = 0; i < 3; i++)
        buffer_release(&texts[i]);
    return 0;
}
