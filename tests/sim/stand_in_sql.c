/*
 * The functions are a table.  Each is a translation of its namesake in
 * schema.sql, check by check in the same order; what it returns is added to a
 * document that holds the row.
 */
#include "stand_in_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define ARGUMENTS_MAX 8
#define FENCE_MAX 1000000000000000LL

static const struct json_limits limits = {
    .max_bytes = 64UL * 1024, .max_depth = 8, .max_values = 256};

struct call {
    struct stand_in_sql *sql;
    size_t count;
    char names[ARGUMENTS_MAX][STAND_IN_SQL_TEXT_MAX];
    const struct json *values[ARGUMENTS_MAX];
    struct json_document *doc;
    struct json *row;
    const char *sqlstate; /* it failed, and nothing was done */
};

/* ---- arguments and rows ---- */

static const char *text_of(const struct call *call, const char *name)
{
    for (size_t i = 0; i < call->count; i++) {
        if (strcmp(call->names[i], name) == 0)
            return json_string(call->values[i]).at;
    }
    return NULL;
}

static long long number_of(const struct call *call, const char *name)
{
    long long number = 0;

    if (!slice_to_int(slice_of(text_of(call, name)), &number))
        number = 0;
    return number;
}

static void copy(char to[STAND_IN_SQL_TEXT_MAX], const char *from)
{
    (void)snprintf(to, STAND_IN_SQL_TEXT_MAX, "%s", from);
}

static void come_to(struct call *call, const char *outcome)
{
    (void)snprintf(call->sql->outcome, sizeof(call->sql->outcome), "%s",
                   outcome);
    json_add_string(call->doc, call->row, "outcome", outcome);
}

/* ---- products, orders, fences ---- */

const struct stand_in_sql_product *
stand_in_sql_product(const struct stand_in_sql *sql, int64_t id)
{
    for (size_t i = 0; i < sql->product_count; i++) {
        if (sql->products[i].id == id)
            return &sql->products[i];
    }
    return NULL;
}

const struct stand_in_sql_order *
stand_in_sql_order(const struct stand_in_sql *sql, const char *key)
{
    for (size_t i = 0; i < sql->order_count; i++) {
        if (strcmp(sql->orders[i].key, key) == 0)
            return &sql->orders[i];
    }
    return NULL;
}

static const struct stand_in_sql_fence *
find_fence(const struct stand_in_sql *sql, const char *lock)
{
    for (size_t i = 0; i < sql->fence_count; i++) {
        if (strcmp(sql->fences[i].lock, lock) == 0)
            return &sql->fences[i];
    }
    return NULL;
}

int64_t stand_in_sql_fence(const struct stand_in_sql *sql, const char *lock)
{
    const struct stand_in_sql_fence *known = find_fence(sql, lock);

    return known ? known->last : 0;
}

static void keep_fence(struct stand_in_sql *sql, const char *lock,
                       int64_t fence)
{
    const struct stand_in_sql_fence *known = find_fence(sql, lock);
    const size_t at = known ? (size_t)(known - sql->fences) : sql->fence_count;

    if (at == STAND_IN_SQL_FENCES)
        abort();
    sql->fence_count += !known;
    copy(sql->fences[at].lock, lock);
    sql->fences[at].last = fence;
}

/* accept_fence: whether the call may go on. */
static bool accept_fence(struct call *call)
{
    struct stand_in_sql *sql = call->sql;
    const int64_t fence = number_of(call, "fence");
    char lock[STAND_IN_SQL_TEXT_MAX];
    int64_t highest;

    copy(lock, text_of(call, "lock"));
    sql->fence = fence;
    copy(sql->lock, lock);
    if (sql->shares_fences)
        lock[strcspn(lock, "#")] = '\0';
    highest = stand_in_sql_fence(sql, lock);
    if (fence > FENCE_MAX) {
        call->sqlstate = "23514";
        return false;
    }
    if (fence > highest || sql->takes_any_fence ||
        (fence == 0 && sql->sells_replays)) {
        keep_fence(sql, lock, fence);
        return true;
    }
    come_to(call, "stale");
    json_add_integer(call->doc, call->row, "highest_fence", highest);
    return false;
}

/* ---- purchase ---- */

static void ask_for_sign(struct call *call, const char *word)
{
    copy(call->sql->closed, word);
    json_add_string(call->doc, call->row, "closed", word);
    if (call->sql->closed_s)
        json_add_integer(call->doc, call->row, "closed_s", call->sql->closed_s);
}

static void add_wish(struct call *call)
{
    json_add_integer(call->doc, call->row, "product_id",
                     number_of(call, "product_id"));
    json_add_integer(call->doc, call->row, "quantity",
                     number_of(call, "quantity"));
    json_add_string(call->doc, call->row, "buyer", text_of(call, "buyer"));
}

/* Whether the key has bought before; answered then. */
static bool replay(struct call *call)
{
    const struct stand_in_sql_order *earlier =
        stand_in_sql_order(call->sql, text_of(call, "idempotency_key"));

    if (!earlier || call->sql->replays_nothing)
        return false;
    if (earlier->product != number_of(call, "product_id") ||
        earlier->quantity != number_of(call, "quantity") ||
        strcmp(earlier->buyer, text_of(call, "buyer")) != 0) {
        come_to(call, "key_reused");
        return true;
    }
    add_wish(call);
    come_to(call, "replayed");
    json_add_integer(call->doc, call->row, "order_id", earlier->id);
    return true;
}

static void refuse(struct call *call, int64_t left)
{
    char detail[96] = "None is left. Trying again does not help.";

    if (left)
        (void)snprintf(detail, sizeof(detail),
                       "%lld left, fewer than you asked for.", (long long)left);
    come_to(call, "sold_out");
    json_add_integer(call->doc, call->row, "left", left);
    json_add_string(call->doc, call->row, "detail", detail);
}

static void sell(struct call *call, struct stand_in_sql_product *product)
{
    struct stand_in_sql *sql = call->sql;
    struct stand_in_sql_order *order = &sql->orders[sql->order_count];

    if (sql->order_count++ == STAND_IN_SQL_ORDERS)
        abort();
    *order = (struct stand_in_sql_order){
        .id = (int64_t)sql->order_count,
        .product = product->id,
        .quantity = number_of(call, "quantity"),
        .by = sql->caller,
        .at_us = sql->now_us,
    };
    copy(order->buyer, text_of(call, "buyer"));
    copy(order->key, text_of(call, "idempotency_key"));
    product->stock -= order->quantity;
    add_wish(call);
    come_to(call, "sold");
    json_add_integer(call->doc, call->row, "order_id", order->id);
}

static void answer_unknown(struct call *call)
{
    come_to(call, "unknown_product");
    json_add_bool(call->doc, call->row, "forget", true);
    ask_for_sign(call, "unknown_product");
}

static void purchase(struct call *call)
{
    const int64_t quantity = number_of(call, "quantity");
    const struct stand_in_sql_product *known =
        stand_in_sql_product(call->sql, number_of(call, "product_id"));

    json_add_string(call->doc, call->row, "key",
                    text_of(call, "idempotency_key"));
    json_add_integer(call->doc, call->row, "fence", number_of(call, "fence"));
    if (call->sql->fence_before_replay && known && !accept_fence(call))
        return;
    if (replay(call))
        return;
    if (!known) {
        answer_unknown(call);
        return;
    }
    if (!call->sql->fence_before_replay && !accept_fence(call))
        return;
    if (known->stock == 0 || known->stock == quantity)
        ask_for_sign(call, "sold_out");
    if (known->stock < quantity && !call->sql->sells_on)
        refuse(call, known->stock);
    else
        sell(call, &call->sql->products[known - call->sql->products]);
}

/* ---- restock ---- */

static void restock(struct call *call)
{
    const struct stand_in_sql_product *known =
        stand_in_sql_product(call->sql, number_of(call, "product_id"));
    const int64_t added = number_of(call, "added");
    struct stand_in_sql_product *product;

    json_add_integer(call->doc, call->row, "product_id",
                     number_of(call, "product_id"));
    json_add_integer(call->doc, call->row, "added", added);
    json_add_integer(call->doc, call->row, "fence", number_of(call, "fence"));
    if (!accept_fence(call))
        return;
    if (known) {
        product = &call->sql->products[known - call->sql->products];
        product->stock += added;
        product->delivered += added;
    }
    come_to(call, "restocked");
    json_add_bool(call->doc, call->row, "opened", true);
}

/* ---- reserve_username ---- */

static void reserve_username(struct call *call)
{
    struct stand_in_sql *sql = call->sql;
    const char *name = text_of(call, "username");
    const char *user = text_of(call, "user");
    struct stand_in_sql_name *taken = sql->names;

    json_add_string(call->doc, call->row, "username", name);
    json_add_string(call->doc, call->row, "user", user);
    while (taken < sql->names + sql->name_count &&
           strcmp(taken->name, name) != 0)
        taken++;
    if (taken == sql->names + sql->name_count || sql->gives_names_away) {
        sql->name_count += taken == sql->names + sql->name_count;
        if (sql->name_count > STAND_IN_SQL_NAMES)
            abort();
        copy(taken->name, name);
        copy(taken->user, user);
        come_to(call, "reserved");
    } else {
        come_to(call, strcmp(taken->user, user) == 0 ? "replayed" : "taken");
    }
}

/* ---- the wire ---- */

static const struct {
    const char *name;
    void (*run)(struct call *call);
} functions[] = {
    {"purchase", purchase},
    {"restock", restock},
    {"reserve_username", reserve_username},
};

/* Read the names in: SELECT f("a" => $1, "b" => $2) AS answer */
static void read_names(struct call *call, const char *query)
{
    const char *at = strchr(query, '"');

    while (at && call->count < ARGUMENTS_MAX) {
        const char *end = strchr(at + 1, '"');

        (void)snprintf(call->names[call->count++], STAND_IN_SQL_TEXT_MAX,
                       "%.*s", (int)(end - at - 1), at + 1);
        at = strchr(end + 1, '"');
    }
}

static void run(struct call *call, const char *query)
{
    static const char select[] = "SELECT ";

    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        const char *name = functions[i].name;

        if (strncmp(query, select, strlen(select)) == 0 &&
            strncmp(query + strlen(select), name, strlen(name)) == 0 &&
            query[strlen(select) + strlen(name)] == '(') {
            functions[i].run(call);
            return;
        }
    }
    (void)fprintf(stderr, "the database's stand-in does not know %s\n", query);
    abort();
}

static void answer(const struct call *call, struct json_document *doc,
                   struct served *out)
{
    struct json_document failure;

    out->status = call->sqlstate ? 400 : 200;
    buffer_clear(&out->body);
    (void)json_new_object(&failure);
    json_add_string(&failure, failure.root, "message", "it failed");
    json_add_string(&failure, failure.root, "code",
                    call->sqlstate ? call->sqlstate : "");
    if (!json_print(call->sqlstate ? &failure : doc, &out->body))
        abort();
    json_release(&failure);
}

void stand_in_sql_serve(struct stand_in_sql *sql, struct slice body,
                        struct served *out)
{
    struct call call = {.sql = sql};
    struct json_document asked;
    struct json_document doc;
    const struct json *params;

    if (!json_parse(&asked, body, &limits, NULL))
        abort();
    sql->outcome[0] = '\0';
    sql->fence = 0;
    sql->lock[0] = '\0';
    sql->closed[0] = '\0';
    read_names(&call, json_string(json_get(asked.root, "query")).at);
    params = json_get(asked.root, "params");
    for (size_t i = 0; i < call.count; i++)
        call.values[i] = json_at(params, i);
    call.doc = &doc;
    call.row = json_add_object(
        &doc,
        json_add_object(
            &doc, json_add_array(&doc, json_new_object(&doc), "rows"), NULL),
        "answer");
    run(&call, json_string(json_get(asked.root, "query")).at);
    answer(&call, &doc, out);
    json_release(&doc);
    json_release(&asked);
}
