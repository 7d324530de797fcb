/*
 * Any bytes as a request's body: it is read whole and within its table, or
 * answered with 400 and a problem that is JSON.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guard/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ALPHABET "abcdefghijklmnopqrstuvwxyz0123456789_-"

static const struct field table[] = {
    {.name = "product_id",
     .type = FIELD_INTEGER,
     .required = true,
     .min = 1,
     .max = JSON_INTEGER_MAX},
    {.name = "quantity",
     .type = FIELD_INTEGER,
     .min = 1,
     .max = 10,
     .integer_default = 1},
    {.name = "buyer",
     .type = FIELD_TEXT,
     .required = true,
     .min = 1,
     .max = 200},
    {.name = "username",
     .type = FIELD_TEXT,
     .min = 3,
     .max = 30,
     .alphabet = ALPHABET},
};

static void require(bool fine)
{
    if (!fine)
        abort();
}

static void judge_fields(const struct fields *fields)
{
    int64_t product = fields_get(fields, "product_id")->integer;
    int64_t quantity = fields_get(fields, "quantity")->integer;
    const char *buyer = fields_get(fields, "buyer")->text;
    const char *username = fields_get(fields, "username")->text;
    struct buffer name;

    require(product >= 1 && product <= JSON_INTEGER_MAX);
    require(quantity >= 1 && quantity <= 10);
    require(buyer && strlen(buyer) >= 1 && strlen(buyer) <= 800);
    buffer_init(&name, 100);
    require(fields_expand(fields, "product:{product_id}", &name));
    if (username) {
        require(strlen(username) >= 3 && strlen(username) <= 30);
        require(username[strspn(username, ALPHABET)] == '\0');
        require(fields_expand(fields, ":{username}", &name));
    }
    buffer_release(&name);
}

static void judge_problem(const struct message_response *res)
{
    const struct json_limits limits = {.max_bytes = 1UL << 20,
                                       .max_depth = 8,
                                       .max_values = 1000,
                                       .unique_keys = true};
    struct json_document doc;
    struct error err;

    require(res->status == 400);
    require(json_parse(&doc, buffer_slice(&res->body), &limits, &err));
    json_release(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = {(const char *)data, size};
    struct message_response res;
    struct fields fields;

    message_response_init(&res, 1UL << 20);
    if (fields_read(&fields, table, sizeof(table) / sizeof(table[0]), body,
                    &res))
        judge_fields(&fields);
    else
        judge_problem(&res);
    fields_release(&fields);
    message_response_release(&res);
    return 0;
}
