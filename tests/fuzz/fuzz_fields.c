/*
 * Any bytes as a request's body, as its query and as a segment of its path: it
 * is read whole and within its table, or there is a reason, which can be
 * printed as JSON.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guard/fields.h"
#include "platform/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOCK_ALPHABET                                                          \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { PRODUCT_ID, QUANTITY, BUYER, USERNAME, QUICK };

static const struct field in_body[] = {
    {.name = "product_id",
     .type = FIELD_INTEGER,
     .required = true,
     .min = 1,
     .max = JSON_INTEGER_MAX},
    {.name = "quantity",
     .type = FIELD_INTEGER,
     .min = 1,
     .max = 10,
     .has_default = true,
     .integer_default = 1},
    {.name = "buyer",
     .type = FIELD_STRING,
     .required = true,
     .min = 1,
     .max = 200},
    {.name = "username",
     .type = FIELD_STRING,
     .names_lock = true,
     .min = 3,
     .max = 30},
    {.name = "quick", .type = FIELD_BOOLEAN},
};

static const struct field in_path[] = {
    {.name = "username",
     .type = FIELD_STRING,
     .required = true,
     .in_path = true,
     .names_lock = true,
     .min = 1,
     .max = 100},
};

static void require(bool fine)
{
    if (!fine)
        abort();
}

static void judge_name(const struct fields *fields,
                       const struct field_value *value, size_t least,
                       size_t most)
{
    const size_t len = strlen(value->text);
    struct buffer name;

    require(len >= least && len <= most);
    require(value->text[strspn(value->text, LOCK_ALPHABET)] == '\0');
    buffer_init(&name, 110);
    require(fields_expand(fields, "username:{username}", &name));
    buffer_release(&name);
}

static void judge_body(const struct fields *fields)
{
    const struct field_value *values = fields->values;

    require(values[PRODUCT_ID].given && values[PRODUCT_ID].integer >= 1 &&
            values[PRODUCT_ID].integer <= JSON_INTEGER_MAX);
    require(values[QUANTITY].given && values[QUANTITY].integer >= 1 &&
            values[QUANTITY].integer <= 10);
    require(values[BUYER].given && strlen(values[BUYER].text) >= 1 &&
            strlen(values[BUYER].text) <= 800);
    require(!values[QUICK].given || values[QUICK].integer == 0 ||
            values[QUICK].integer == 1);
    if (values[USERNAME].given)
        judge_name(fields, &values[USERNAME], 3, 30);
}

/* Whether MISTAKES, which are released, are JSON that can be read again. */
static void judge_mistakes(struct json_document *mistakes)
{
    const struct json_limits limits = {.max_bytes = 1UL << 20,
                                       .max_depth = 8,
                                       .max_values = 1000,
                                       .unique_keys = true};
    struct buffer text;
    struct error err;

    buffer_init(&text, 1UL << 20);
    require(json_print(mistakes, &text));
    json_release(mistakes);
    require(json_parse(mistakes, buffer_slice(&text), &limits, &err));
    require(json_count(json_get(mistakes->root, "errors")) > 0);
    json_release(mistakes);
    buffer_release(&text);
}

/* Read SOURCE; whether it fits. */
static bool read_source(struct fields *fields,
                        const struct fields_source *source)
{
    struct json_document mistakes;
    struct error why = {0};
    const enum fields_outcome outcome =
        fields_read(fields, source, &mistakes, &why);

    require(outcome != FIELDS_UNKNOWN && outcome != FIELDS_NO_MEMORY);
    require((outcome == FIELDS_READ) == (fields->count > 0));
    require((outcome == FIELDS_NOT_JSON) == (why.text[0] != '\0'));
    require((outcome == FIELDS_INVALID) == (mistakes.root != NULL));
    if (outcome == FIELDS_INVALID)
        judge_mistakes(&mistakes);
    return outcome == FIELDS_READ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice bytes = {(const char *)data, size};
    struct fields_source source = {.list = in_body,
                                   .count = COUNT(in_body),
                                   .body = bytes,
                                   .has_body = true};
    struct fields fields = {0};

    if (read_source(&fields, &source))
        judge_body(&fields);
    if (size > MESSAGE_TARGET_MAX_BYTES) {
        fields_release(&fields);
        return 0;
    }
    source = (struct fields_source){
        .list = in_body, .count = COUNT(in_body), .query = bytes};
    if (read_source(&fields, &source))
        judge_body(&fields);
    source = (struct fields_source){.list = in_path,
                                    .count = COUNT(in_path),
                                    .path = bytes,
                                    .path_pattern = "/{username}"};
    if (read_source(&fields, &source))
        judge_name(&fields, &fields.values[0], 1, 100);
    fields_release(&fields);
    return 0;
}
