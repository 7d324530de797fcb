/* purchase: sell tickets, one (a ticket sale) or several (a limited drop). */
#include "operations.h"

const struct field purchase_fields[3] = {
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
};

static void answer_order(const struct bouncer *bouncer, int status,
                         const struct json *row, struct message_response *res)
{
    struct json_document doc;
    struct json *order = json_new_object(&doc);

    json_add_copy(&doc, order, "order_id", json_get(row, "order_id"));
    json_add_integer(&doc, order, "product_id",
                     bouncer_field(bouncer, "product_id")->integer);
    json_add_integer(&doc, order, "quantity",
                     bouncer_field(bouncer, "quantity")->integer);
    json_add_string(&doc, order, "buyer",
                    bouncer_field(bouncer, "buyer")->text);
    message_json(res, status, &doc);
}

void purchase(struct bouncer *bouncer, struct message_response *res)
{
    struct slice outcome;
    const struct json *row = bouncer_run(bouncer, "purchase", &outcome, res);

    if (!row)
        return;
    if (slice_is(outcome, "sold")) {
        answer_order(bouncer, 201, row, res);
    } else if (slice_is(outcome, "replayed")) {
        answer_order(bouncer, 200, row, res);
        message_set_header(res, "idempotent-replayed", "true");
    } else if (slice_is(outcome, "sold_out")) {
        message_problem(res, 410, "sold-out", "Sold out",
                        "Fewer are left than you asked for.");
    } else if (slice_is(outcome, "unknown_product")) {
        message_problem(res, 404, "unknown-product", "There is no such product",
                        NULL);
    }
}
