/*
 * The function with a handler as naive as they come, once alone and once
 * behind the bouncer: what the lock is for, as a program.
 */
#include "routes.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct field naive_fields[] = {
    {.name = "product_id",
     .type = FIELD_INTEGER,
     .required = true,
     .min = 1,
     .max = JSON_INTEGER_MAX},
    {.name = "buyer",
     .type = FIELD_STRING,
     .required = true,
     .min = 1,
     .max = 200},
};

/* SELECT stock; UPDATE stock. */
static void naive(struct bouncer *bouncer, struct message_response *res)
{
    const int64_t product_id = bouncer_field(bouncer, "product_id")->integer;
    struct database_call look = {
        .function = "naive_look",
        .argument_count = 1,
        .arguments = {{"product_id", DATABASE_INTEGER, NULL, product_id}},
    };
    struct database_call take = {
        .function = "naive_take",
        .argument_count = 3,
        .arguments = {{"product_id", DATABASE_INTEGER, NULL, product_id},
                      {"buyer", DATABASE_TEXT,
                       bouncer_field(bouncer, "buyer")->text, 0},
                      {"seen", DATABASE_INTEGER, NULL, 0}},
    };
    const struct json *row = bouncer_call_database(bouncer, &look, res);
    int64_t stock;

    if (!row)
        return;
    if (!json_integer(json_get(row, "stock"), &stock) || stock < 1) {
        message_problem(res, 410, "sold-out", "Sold out", NULL);
        return;
    }
    take.arguments[2].integer = stock;
    if (bouncer_call_database(bouncer, &take, res))
        message_problem(res, 201, "sold", "Sold", NULL);
}

const struct bouncer_route routes[] = {
    {
        .method = "POST",
        .path = "/alone",
        .handle = naive,
        .fields = naive_fields,
        .field_count = COUNT(naive_fields),
    },
    {
        .method = "POST",
        .path = "/guarded",
        .handle = naive,
        .fields = naive_fields,
        .field_count = COUNT(naive_fields),
        .lock_name = "product:{product_id}",
    },
};

const size_t route_count = COUNT(routes);
