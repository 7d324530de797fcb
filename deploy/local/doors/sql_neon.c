/*
 * A request becomes one pg_job.  Its statements point into the request's JSON,
 * and each result grows into the answer's JSON as its rows arrive.
 */
#include "doors/sql_neon.h"

#include <stdlib.h>
#include <string.h>

#include "doors/pg_value.h"
#include "doors/sql_neon_answer.h"
#include "doors/sql_neon_login.h"

/* What all parameters of a request may take. */
#define PARAMS_MAX_BYTES (32UL * 1024 * 1024)

/* Parameters of one statement, by PostgreSQL's protocol. */
#define PARAMS_MAX 65535

struct sql_neon {
    struct pg_pool *pool;
    struct sql_neon_login login;
    atomic_llong *calls; /* counts statements */
};

/* One request under way; job is its first member. */
struct query {
    struct pg_job job;
    struct exchange *exchange;
    atomic_llong *calls;          /* counts statements */
    struct json_document request; /* holds the texts of the statements */
    struct json_document answer;
    struct json *list; /* of results, NULL: a single one */
    struct pg_statement *statements;
    struct sql_neon_result *results;
    char begin[128];
};

static const struct json_limits body_limits = {
    .max_bytes = 16UL * 1024 * 1024, .max_depth = 60, .max_values = 2000000};

struct sql_neon *sql_neon_new(const struct door_options *options,
                              struct pg_pool *pool, struct error *err)
{
    struct sql_neon *neon = calloc(1, sizeof(*neon));

    if (!neon) {
        error_set(err, "out of memory");
        return NULL;
    }
    neon->calls = &options->shared->sql_calls;
    neon->pool = pool;
    if (!sql_neon_login_init(&neon->login, options->neon_connection_string,
                             err)) {
        free(neon);
        return NULL;
    }
    return neon;
}

void sql_neon_free(struct sql_neon *neon)
{
    if (!neon)
        return;
    sql_neon_login_release(&neon->login);
    free(neon);
}

/* ---- the statements ---- */

static void query_free(struct query *query)
{
    for (size_t i = 0; query->statements && i < query->job.count; i++) {
        union {
            const char *const *borrowed;
            void *owned;
        } values = {.borrowed = query->statements[i].values};

        free(values.owned);
    }
    free(query->statements);
    free(query->results);
    json_release(&query->request);
    json_release(&query->answer);
    free(query);
}

/* The values' texts behind their pointers, in one piece of memory. */
static const char **make_values(const struct json *params, size_t count)
{
    const struct json *value = json_first(params);
    size_t *starts = calloc(count + 1, sizeof(starts[0]));
    const char **values = NULL;
    struct buffer texts;
    bool fits = starts != NULL;

    buffer_init(&texts, PARAMS_MAX_BYTES);
    for (size_t i = 0; fits && i < count; i++, value = json_next(value)) {
        bool is_null;

        starts[i] = texts.len;
        fits = pg_value_to_sql(value, &texts, &is_null);
        if (is_null)
            starts[i] = SIZE_MAX;
    }
    if (fits)
        values = malloc((count + 1) * sizeof(values[0]) + texts.len);
    if (values) {
        char *copy = (char *)(values + count + 1);

        if (texts.len > 0)
            memcpy(copy, texts.data, texts.len);
        for (size_t i = 0; i < count; i++)
            values[i] = starts[i] == SIZE_MAX ? NULL : copy + starts[i];
    }
    free(starts);
    buffer_release(&texts);
    return values;
}

/* Read one {"query", "params", "arrayMode"}; what is wrong, or NULL. */
static const char *read_statement(struct query *query, size_t number,
                                  const struct json *from,
                                  struct sql_neon_style style)
{
    const struct json *mode = json_get(from, "arrayMode");
    const struct json *params = json_get(from, "params");
    struct slice sql = json_string(json_get(from, "query"));
    size_t count = json_count(params);

    if (!sql.at)
        return "the request names no query";
    if (params && json_type(params) != JSON_ARRAY)
        return "params must be an array";
    if (count > PARAMS_MAX)
        return "too many parameters";
    if (json_type(mode) == JSON_BOOL)
        style.arrays = json_is_true(mode);
    query->results[number] =
        (struct sql_neon_result){.doc = &query->answer, .style = style};
    query->statements[number].sql = sql.at;
    query->statements[number].count = (int)count;
    query->statements[number].values = make_values(params, count);
    return query->statements[number].values ? NULL : "out of memory";
}

static void place_results(struct query *query, bool batch)
{
    struct json *root = json_new_object(&query->answer);

    if (!batch) {
        query->results[0].object = root;
        return;
    }
    query->list = json_add_array(&query->answer, root, "results");
    for (size_t i = 0; i < query->job.count; i++)
        query->results[i].object =
            json_add_object(&query->answer, query->list, NULL);
}

static const char *read_statements(struct query *query,
                                   struct sql_neon_style style)
{
    const struct json *root = query->request.root;
    const struct json *list = json_get(root, "queries");
    bool batch = json_type(list) == JSON_ARRAY;
    const struct json *from = batch ? json_first(list) : root;
    const char *wrong = NULL;
    size_t count = batch ? json_count(list) : 1;

    query->statements = calloc(count + 1, sizeof(query->statements[0]));
    query->results = calloc(count + 1, sizeof(query->results[0]));
    if (!query->statements || !query->results)
        return "out of memory";
    query->job.count = count;
    query->job.statements = query->statements;
    for (size_t i = 0; i < count && !wrong; i++) {
        wrong = read_statement(query, i, from, style);
        from = batch ? json_next(from) : NULL;
    }
    place_results(query, batch);
    return wrong;
}

/* ---- the transaction ---- */

static bool is_on(const struct exchange *exchange, const char *header)
{
    return slice_is(exchange_header(exchange, header), "true");
}

static const char *isolation_of(struct slice level)
{
    static const char *const levels[][2] = {
        {"Serializable", " ISOLATION LEVEL SERIALIZABLE"},
        {"RepeatableRead", " ISOLATION LEVEL REPEATABLE READ"},
        {"ReadCommitted", " ISOLATION LEVEL READ COMMITTED"},
        {"ReadUncommitted", " ISOLATION LEVEL READ UNCOMMITTED"},
    };

    if (!level.at)
        return "";
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (slice_is(level, levels[i][0]))
            return levels[i][1];
    }
    return NULL;
}

/* Set up the transaction of a batch; what is wrong with it, or NULL. */
static const char *read_transaction(struct query *query)
{
    static const char read_only[] = "Neon-Batch-Read-Only";
    static const char deferrable[] = "Neon-Batch-Deferrable";
    static const char isolation[] = "Neon-Batch-Isolation-Level";
    struct exchange *exchange = query->exchange;
    struct slice level = exchange_header(exchange, isolation);
    const char *wanted = isolation_of(level);

    if (!wanted)
        return "invalid isolation level";
    if (!query->list)
        return NULL;
    (void)snprintf(query->begin, sizeof(query->begin), "BEGIN%s%s%s", wanted,
                   is_on(exchange, read_only) ? " READ ONLY" : "",
                   is_on(exchange, deferrable) ? " DEFERRABLE" : "");
    query->job.begin = query->begin;
    if (level.at)
        exchange_set_header(exchange, isolation, level.at);
    if (is_on(exchange, read_only))
        exchange_set_header(exchange, read_only, "true");
    if (is_on(exchange, deferrable))
        exchange_set_header(exchange, deferrable, "true");
    return NULL;
}

/* ---- the request ---- */

static bool on_result(struct pg_job *job, size_t statement, PGresult *result)
{
    struct query *query = (struct query *)job;

    return sql_neon_answer_add(&query->results[statement], result);
}

static void on_done(struct pg_job *job, const struct pg_end *end)
{
    struct query *query = (struct query *)job;

    if (pg_end_is_executed(end))
        atomic_fetch_add(query->calls, (long long)job->count);
    if (end->outcome == PG_DONE)
        exchange_reply_json(query->exchange, 200, &query->answer);
    else
        sql_neon_answer_end(query->exchange, end);
    query_free(query);
}

static void run(struct sql_neon *neon, struct exchange *exchange)
{
    struct sql_neon_style style = {
        .raw = is_on(exchange, "Neon-Raw-Text-Output"),
        .arrays = is_on(exchange, "Neon-Array-Mode")};
    struct query *query = calloc(1, sizeof(*query));
    const char *wrong;
    struct error err;

    if (!query) {
        sql_neon_answer_failure(exchange, 500, "", "out of memory");
        return;
    }
    query->exchange = exchange;
    query->calls = neon->calls;
    query->job.result = on_result;
    query->job.done = on_done;
    if (!json_parse(&query->request, exchange_body(exchange), &body_limits,
                    &err)) {
        error_prefix(&err, "could not parse the HTTP request body");
        wrong = err.text;
    } else {
        wrong = read_statements(query, style);
    }
    if (!wrong)
        wrong = read_transaction(query);
    if (wrong) {
        sql_neon_answer_failure(exchange, 400, "", wrong);
        query_free(query);
        return;
    }
    pg_pool_submit(neon->pool, &query->job);
}

static void answer_options(struct exchange *exchange)
{
    exchange_set_header(exchange, "Allow", "OPTIONS, POST");
    exchange_set_header(
        exchange, "Access-Control-Allow-Headers",
        "Authorization, Neon-Connection-String, Neon-Raw-Text-Output, "
        "Neon-Array-Mode, Neon-Pool-Opt-In, Neon-Batch-Read-Only, "
        "Neon-Batch-Isolation-Level");
    exchange_set_header(exchange, "Access-Control-Max-Age", "86400");
    exchange_reply(exchange, 200, NULL, SLICE_EMPTY);
}

void sql_neon_handle(struct sql_neon *neon, struct exchange *exchange)
{
    exchange_set_header(exchange, "Access-Control-Allow-Origin", "*");
    if (exchange_method(exchange) == METHOD_OPTIONS)
        answer_options(exchange);
    else if (exchange_method(exchange) != METHOD_POST)
        exchange_reply(exchange, 405, NULL, SLICE_EMPTY);
    else if (exchange_too_large(exchange))
        sql_neon_answer_failure(exchange, 413, "",
                                "request is too large (max "
                                "is 10485760 bytes)");
    else if (sql_neon_login_check(&neon->login, exchange))
        run(neon, exchange);
}
