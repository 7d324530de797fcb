/*
 * The functions are a table.  Each is a translation of its namesake in
 * schema.sql, check by check in the same order; what it returns is added to a
 * document that holds the row.
 */
#include "stand_in_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stand_in_sql_call.h"

#define FENCE_MAX 1000000000000000LL

static const struct json_limits limits = {
    .max_bytes = 64UL * 1024, .max_depth = 8, .max_values = 256};

/* ---- arguments and rows ---- */

const char *stand_in_sql_text(const struct stand_in_sql_call *call,
                              const char *name)
{
    for (size_t i = 0; i < call->count; i++) {
        if (strcmp(call->names[i], name) == 0)
            return json_string(call->values[i]).at;
    }
    return NULL;
}

long long stand_in_sql_number(const struct stand_in_sql_call *call,
                              const char *name)
{
    long long number = 0;

    if (!slice_to_int(slice_of(stand_in_sql_text(call, name)), &number))
        number = 0;
    return number;
}

void stand_in_sql_say(struct stand_in_sql_call *call, const char *name,
                      const char *text)
{
    json_add_string(call->doc, call->row, name, text);
}

void stand_in_sql_count(struct stand_in_sql_call *call, const char *name,
                        int64_t number)
{
    json_add_integer(call->doc, call->row, name, number);
}

void stand_in_sql_copy(char to[STAND_IN_SQL_TEXT_MAX], const char *from)
{
    (void)snprintf(to, STAND_IN_SQL_TEXT_MAX, "%s", from ? from : "");
}

void stand_in_sql_come_to(struct stand_in_sql_call *call, const char *outcome)
{
    (void)snprintf(call->sql->outcome, sizeof(call->sql->outcome), "%s",
                   outcome);
    stand_in_sql_say(call, "outcome", outcome);
}

/* ---- products and fences ---- */

const struct stand_in_sql_product *
stand_in_sql_product(const struct stand_in_sql *sql, int64_t id)
{
    for (size_t i = 0; i < sql->product_count; i++) {
        if (sql->products[i].id == id)
            return &sql->products[i];
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
    stand_in_sql_copy(sql->fences[at].lock, lock);
    sql->fences[at].last = fence;
}

/* Whether a call with fence 0, a replay's, takes tickets. */
static bool takes_replays(const struct stand_in_sql_call *call)
{
    return stand_in_sql_is_cut(call, MUTANT_REPLAY_SELLS) ||
           (stand_in_sql_is_cut(call, MUTANT_REPLAY_HOLDS) && call->to_hold);
}

bool stand_in_sql_accept_fence(struct stand_in_sql_call *call)
{
    struct stand_in_sql *sql = call->sql;
    const int64_t fence = stand_in_sql_number(call, "fence");
    char lock[STAND_IN_SQL_TEXT_MAX];
    int64_t highest;

    stand_in_sql_copy(lock, stand_in_sql_text(call, "lock"));
    sql->fence = fence;
    stand_in_sql_copy(sql->lock, lock);
    if (sql->mutant == MUTANT_SHARED_FENCES)
        lock[strcspn(lock, "#")] = '\0';
    highest = stand_in_sql_fence(sql, lock);
    if (fence > FENCE_MAX) {
        call->sqlstate = "23514";
        return false;
    }
    sql->accepted = fence > highest || sql->mutant == MUTANT_NO_FENCE_CHECK ||
                    (fence == 0 && takes_replays(call));
    if (sql->accepted) {
        keep_fence(sql, lock, fence);
        return true;
    }
    stand_in_sql_come_to(call, "stale");
    stand_in_sql_count(call, "highest_fence", highest);
    return false;
}

/* ---- restock ---- */

static void restock(struct stand_in_sql_call *call)
{
    const struct stand_in_sql_product *known = stand_in_sql_product(
        call->sql, stand_in_sql_number(call, "product_id"));
    const int64_t added = stand_in_sql_number(call, "added");
    struct stand_in_sql_product *product;

    stand_in_sql_count(call, "product_id",
                       stand_in_sql_number(call, "product_id"));
    stand_in_sql_count(call, "added", added);
    stand_in_sql_count(call, "fence", stand_in_sql_number(call, "fence"));
    if (!stand_in_sql_accept_fence(call))
        return;
    if (known) {
        product = &call->sql->products[known - call->sql->products];
        product->stock += added;
        product->delivered += added;
    }
    stand_in_sql_come_to(call, "restocked");
    json_add_bool(call->doc, call->row, "opened", true);
}

/* ---- reserve_username ---- */

static void reserve_username(struct stand_in_sql_call *call)
{
    struct stand_in_sql *sql = call->sql;
    const char *name = stand_in_sql_text(call, "username");
    const char *user = stand_in_sql_text(call, "user");
    struct stand_in_sql_name *taken = sql->names;
    bool is_free;

    stand_in_sql_say(call, "username", name);
    stand_in_sql_say(call, "user", user);
    while (taken < sql->names + sql->name_count &&
           strcmp(taken->name, name) != 0)
        taken++;
    is_free = taken == sql->names + sql->name_count;
    if (is_free || sql->mutant == MUTANT_NAME_TAKEN_OVER) {
        sql->name_count += is_free;
        if (sql->name_count > STAND_IN_SQL_NAMES)
            abort();
        stand_in_sql_copy(taken->name, name);
        stand_in_sql_copy(taken->user, user);
        stand_in_sql_come_to(call, "reserved");
    } else {
        stand_in_sql_come_to(call, strcmp(taken->user, user) == 0 ? "replayed"
                                                                  : "taken");
    }
}

/* ---- the wire ---- */

static const struct {
    const char *name;
    void (*run)(struct stand_in_sql_call *call);
} functions[] = {
    {"purchase", stand_in_sql_purchase},
    {"hold", stand_in_sql_hold},
    {"confirm", stand_in_sql_confirm},
    {"cancel", stand_in_sql_cancel},
    {"restock", restock},
    {"reserve_username", reserve_username},
};

/* Read the names in: SELECT f("a" => $1, "b" => $2) AS answer */
static void read_names(struct stand_in_sql_call *call, const char *query)
{
    const char *at = strchr(query, '"');

    while (at && call->count < STAND_IN_SQL_ARGUMENTS) {
        const char *end = strchr(at + 1, '"');

        (void)snprintf(call->names[call->count++], STAND_IN_SQL_TEXT_MAX,
                       "%.*s", (int)(end - at - 1), at + 1);
        at = strchr(end + 1, '"');
    }
}

static void run(struct stand_in_sql_call *call, const char *query)
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

static void answer(const struct stand_in_sql_call *call,
                   struct json_document *doc, struct served *out)
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
    struct stand_in_sql_call call = {.sql = sql};
    struct json_document asked;
    struct json_document doc;
    const struct json *params;

    if (!json_parse(&asked, body, &limits, NULL))
        abort();
    sql->outcome[0] = '\0';
    sql->fence = 0;
    sql->lock[0] = '\0';
    sql->accepted = false;
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
