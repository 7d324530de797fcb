/*
 * purchase: sell tickets, one (a ticket sale) or several (a limited drop).
 *
 * The SQL function decides; each of its outcomes becomes one answer.  An
 * outcome that is not known here is left unanswered: bouncer.c answers 500.
 */
#include <stdio.h>

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
     .has_default = true,
     .integer_default = 1},
    {.name = "buyer",
     .type = FIELD_STRING,
     .required = true,
     .min = 1,
     .max = 200},
};

static void answer_order(struct bouncer *bouncer, int status,
                         const struct json *row, struct message_response *res)
{
    struct json_document doc;
    struct json *order;
    int64_t order_id;

    if (!json_integer(json_get(row, "order_id"), &order_id)) {
        bouncer_answer_not_ours(bouncer, "order_id", res);
        return;
    }
    order = json_new_object(&doc);
    json_add_integer(&doc, order, "order_id", order_id);
    json_add_integer(&doc, order, "product_id",
                     bouncer_field(bouncer, "product_id")->integer);
    json_add_integer(&doc, order, "quantity",
                     bouncer_field(bouncer, "quantity")->integer);
    json_add_string(&doc, order, "buyer",
                    bouncer_field(bouncer, "buyer")->text);
    message_json(res, status, &doc);
    if (status == 200)
        message_set_header(res, "idempotent-replayed", "true");
}

/* Say how many are left, since the buyer may ask for fewer. */
static void answer_sold_out(const struct json *row,
                            struct message_response *res)
{
    struct json_document doc;
    struct json *problem = json_new_object(&doc);
    char detail[80] = "Fewer are left than you asked for.";
    int64_t left;

    if (json_integer(json_get(row, "stock"), &left)) {
        json_add_integer(&doc, problem, "left", left);
        if (left > 0)
            (void)snprintf(detail, sizeof(detail),
                           "%lld left, fewer than you asked for.",
                           (long long)left);
        else
            (void)snprintf(detail, sizeof(detail),
                           "None is left. Trying again does not help.");
    }
    message_problem_with(res, 410, "sold-out", "Sold out", detail, &doc);
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
    } else if (slice_is(outcome, "sold_out")) {
        answer_sold_out(row, res);
    } else if (slice_is(outcome, "unknown_product")) {
        message_problem(res, 404, "unknown-product", "There is no such product",
                        NULL);
    }
}
