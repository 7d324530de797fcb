/*
 * No database: each request is read, and the SQL statement made of it is
 * compared as text.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "doors/sql_rpc_arguments.h"
#include "doors/sql_rpc_shape.h"
#include "doors/sql_rpc_statement.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- arguments ---- */

static const struct {
    const char *body;
    const char *array; /* NULL: the body has no names */
    const char *list;
} bodies[] = {
    {"", "{}", ""},
    {"{}", "{}", ""},
    {"{\"b\":1,\"a\":[2]}", "{\"a\",\"b\"}", "a, b"},
    {"{\"a \\\"x\":null}", "{\"a \\\"x\"}", "a \"x"},
    {"[1,{\"a\":2}]", NULL, ""},
};

Test(sql_rpc_arguments, a_body_names_them_in_one_order)
{
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct sql_rpc_arguments arguments;

        cr_assert(
            sql_rpc_arguments_read_body(&arguments, slice_of(bodies[i].body)),
            "%s", bodies[i].body);
        cr_expect_str_eq(arguments.list.data, bodies[i].list);
        if (bodies[i].array)
            cr_expect_str_eq(arguments.array.data, bodies[i].array);
        else
            cr_expect_null(arguments.array.data);
        cr_expect_str_eq(arguments.json.data,
                         *bodies[i].body ? bodies[i].body : "{}");
        sql_rpc_arguments_release(&arguments);
    }
}

Test(sql_rpc_arguments, a_body_that_is_no_object_or_array_is_rejected)
{
    static const char *const wrong[] = {"5", "\"a\"", "null", "{", "{}x"};

    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct sql_rpc_arguments arguments;

        cr_expect(!sql_rpc_arguments_read_body(&arguments, slice_of(wrong[i])),
                  "%s", wrong[i]);
        sql_rpc_arguments_release(&arguments);
    }
}

Test(sql_rpc_arguments, a_query_names_them_beside_what_is_about_the_result)
{
    struct sql_rpc_arguments arguments;

    cr_assert(sql_rpc_arguments_read_query(
        &arguments, slice_of("b=x%20y+z&a=2&select=i&i=eq.2&order=i&c=")));
    cr_expect_str_eq(arguments.json.data,
                     "{\"b\":\"x y z\",\"a\":\"2\",\"c\":\"\"}");
    cr_expect_str_eq(arguments.list.data, "a, b, c");
    sql_rpc_arguments_release(&arguments);
}

/* ---- the shape of the result ---- */

static const struct sql_rpc_request post = {.is_post = true};

static struct sql_rpc_request with_query(const char *query)
{
    struct sql_rpc_request request = post;

    request.query = slice_of(query);
    return request;
}

#define SOURCE "SELECT pgrst_call.* FROM public.f() AS pgrst_call"
#define BEGIN "WITH pgrst_source AS (" SOURCE ") SELECT "
#define ALL "FROM pgrst_source WHERE true"

/* The statement that calls a function of the given kind. */
static void expect_statement(const struct sql_rpc_request *request,
                             const struct sql_function *function,
                             const char *expected, int expected_count)
{
    const char *values[SQL_RPC_VALUES_MAX];
    struct sql_rejection rejection = {0};
    struct sql_rpc_shape shape;
    struct buffer sql;
    int count;

    buffer_init(&sql, 10000);
    sql_rpc_shape_init(&shape);
    cr_assert(sql_rpc_shape_read(&shape, request, &rejection), "%s: %s",
              rejection.message.text, rejection.details.text);
    cr_assert(
        sql_rpc_statement_write(&sql, function, &shape, "{}", values, &count));
    cr_expect_str_eq(sql.data, expected);
    cr_expect_eq(count, expected_count);
    sql_rpc_shape_release(&shape);
    buffer_release(&sql);
}

static const struct sql_function table = {
    .source = (char[]){SOURCE}, .is_set = true, .is_composite = true};

static const struct {
    const char *query;
    const char *page; /* what is selected from the function's rows */
    int count;
} queries[] = {
    {"", "* " ALL, 0},
    {"select=i,%20j", "\"i\", \"j\" " ALL, 0},
    {"select=*", "* " ALL, 0},
    {"i=eq.2", "* " ALL " AND pgrst_source.\"i\" = $1", 1},
    {"i=gt.1&s=neq.is.x",
     "* " ALL " AND pgrst_source.\"i\" > $1 AND pgrst_source.\"s\" <> $2", 2},
    {"order=j.desc.nullslast,i",
     "* " ALL " ORDER BY \"j\" DESC NULLS LAST, \"i\"", 0},
    {"limit=2&offset=3", "* " ALL " LIMIT 2 OFFSET 3", 0},
    {"limit=0", "* " ALL " LIMIT 0", 0},
};

Test(sql_rpc_shape, a_query_chooses_rows_and_columns)
{
    for (size_t i = 0; i < COUNT(queries); i++) {
        struct sql_rpc_request request = with_query(queries[i].query);
        char expected[1000];

        (void)snprintf(expected, sizeof(expected),
                       BEGIN "coalesce(json_agg(_postgrest_t), '[]')::text, "
                             "count(*), NULL FROM (SELECT %s) _postgrest_t",
                       queries[i].page);
        expect_statement(&request, &table, expected, queries[i].count);
    }
}

Test(sql_rpc_shape, values_of_filters_come_behind_the_arguments)
{
    struct sql_rpc_request request = with_query("i=eq.2");
    struct sql_function function = table;

    function.takes_arguments = true;
    expect_statement(&request, &function,
                     BEGIN "coalesce(json_agg(_postgrest_t), '[]')::text, "
                           "count(*), NULL FROM (SELECT * " ALL
                           " AND pgrst_source.\"i\" = $2) _postgrest_t",
                     2);
}

static const struct {
    bool is_set;
    bool is_composite;
    const char *accept;
    const char *body;
} results[] = {
    {false, false, NULL, "_postgrest_t.pgrst_scalar) -> 0, 'null'"},
    {false, true, NULL, "_postgrest_t) -> 0, 'null'"},
    {true, false, "*/*", "_postgrest_t.pgrst_scalar), '[]'"},
    {true, true, "text/html, application/json;q=0.9", "_postgrest_t), '[]'"},
    {true, true, "application/vnd.pgrst.object+json",
     "_postgrest_t) -> 0, 'null'"},
    {false, false, "application/vnd.pgrst.object",
     "_postgrest_t.pgrst_scalar) -> 0, 'null'"},
};

Test(sql_rpc_shape, results_are_written_by_their_kind)
{
    for (size_t i = 0; i < COUNT(results); i++) {
        struct sql_rpc_request request = post;
        struct sql_function function = table;
        char expected[1000];

        request.accept = slice_of(results[i].accept);
        function.is_set = results[i].is_set;
        function.is_composite = results[i].is_composite;
        (void)snprintf(expected, sizeof(expected),
                       BEGIN "coalesce(json_agg(%s)::text, count(*), NULL FROM "
                             "(SELECT * " ALL ") _postgrest_t",
                       results[i].body);
        expect_statement(&request, &function, expected, 0);
    }
}

Test(sql_rpc_shape, a_count_is_of_all_rows_that_pass_the_filters)
{
    struct sql_rpc_request request = with_query("i=gt.1&limit=1");

    request.prefer = slice_of("return=minimal, count=exact");
    expect_statement(&request, &table,
                     BEGIN "coalesce(json_agg(_postgrest_t), '[]')::text, "
                           "count(*), (SELECT count(*) " ALL
                           " AND pgrst_source.\"i\" > $1) FROM (SELECT * " ALL
                           " AND pgrst_source.\"i\" > $1 LIMIT 1) "
                           "_postgrest_t",
                     1);
}

static const struct {
    const char *query;
    const char *accept;
    const char *prefer;
    const char *range;
    int status;
    const char *code;
    const char *names; /* what message and details name */
} rejected[] = {
    {.query = "i=like.x", .code = "PGRST127", .names = "like"},
    {.query = "i=not.eq.x", .code = "PGRST127", .names = "not"},
    {.query = "i=in.(1,2)", .code = "PGRST127", .names = "in"},
    {.query = "i=eq(any).{1}", .code = "PGRST127", .names = "eq"},
    {.query = "a.b=eq.1", .code = "PGRST127", .names = "a.b"},
    {.query = "x\"y=eq.1", .code = "PGRST127", .names = "x\"y"},
    {.query = "or=(i.eq.1)", .code = "PGRST127", .names = "or"},
    {.query = "columns=i", .code = "PGRST127", .names = "columns"},
    {.query = "select=i,other(id)", .code = "PGRST127", .names = "other(id)"},
    {.query = "select=i::text", .code = "PGRST127", .names = "i::text"},
    {.query = "select=\"i\"", .code = "PGRST127", .names = "\"i\""},
    {.query = "select=a-%3Eb", .code = "PGRST127", .names = "a->b"},
    {.query = "order=i.up", .code = "PGRST127", .names = "i.up"},
    {.query = "i=5", .code = "PGRST100", .names = "\"5\""},
    {.query = "i=is.null", .code = "PGRST127", .names = "is"},
    {.query = "limit=x", .code = "PGRST100", .names = "limit"},
    {.query = "i=eq.%00", .code = "PGRST100", .names = "%00"},
    {.query = "limit=-1", .status = 416, .code = "PGRST103", .names = "Limit"},
    {.accept = "text/csv",
     .status = 406,
     .code = "PGRST107",
     .names = "text/csv"},
    {.accept = "application/vnd.pgrst.plan+json",
     .status = 406,
     .code = "PGRST107",
     .names = "plan"},
    {.accept = "application/vnd.pgrst.object+json;nulls=stripped",
     .status = 406,
     .code = "PGRST107",
     .names = "nulls=stripped"},
    {.prefer = "params=single-object",
     .code = "PGRST127",
     .names = "params=single-object"},
    {.prefer = "count=exact, tx=rollback",
     .code = "PGRST127",
     .names = "tx=rollback"},
    {.prefer = "count=planned", .code = "PGRST127", .names = "count=planned"},
    {.prefer = "timezone=UTC", .code = "PGRST127", .names = "timezone=UTC"},
    {.range = "0-1", .code = "PGRST127", .names = "Range"},
};

Test(sql_rpc_shape, whatever_else_is_asked_for_is_rejected_by_its_name)
{
    for (size_t i = 0; i < COUNT(rejected); i++) {
        struct sql_rpc_request request = {
            .is_post = true,
            .query = slice_of(rejected[i].query),
            .accept = slice_of(rejected[i].accept),
            .prefer = slice_of(rejected[i].prefer),
            .range = slice_of(rejected[i].range)};
        int status = rejected[i].status ? rejected[i].status : 400;
        struct sql_rejection rejection = {0};
        struct sql_rpc_shape shape;

        sql_rpc_shape_init(&shape);
        cr_assert(!sql_rpc_shape_read(&shape, &request, &rejection), "%s",
                  rejected[i].names);
        cr_expect_eq(rejection.status, status, "%s", rejected[i].names);
        cr_expect_str_eq(rejection.code, rejected[i].code);
        cr_expect(strstr(rejection.message.text, rejected[i].names) ||
                      strstr(rejection.details.text, rejected[i].names),
                  "%s: %s", rejected[i].names, rejection.details.text);
        sql_rpc_shape_release(&shape);
    }
}

Test(sql_rpc_shape, more_filters_than_there_is_room_for_are_rejected)
{
    char query[(SQL_RPC_FILTERS_MAX + 1) * sizeof("i=gt.1&")] = "";
    struct sql_rpc_request request;
    struct sql_rejection rejection = {0};
    struct sql_rpc_shape shape;

    for (int i = 0; i <= SQL_RPC_FILTERS_MAX; i++)
        memcpy(query + strlen(query), "i=gt.1&", sizeof("i=gt.1&"));
    request = with_query(query);
    sql_rpc_shape_init(&shape);
    cr_expect(!sql_rpc_shape_read(&shape, &request, &rejection));
    cr_expect_str_eq(rejection.code, "PGRST127");
    sql_rpc_shape_release(&shape);
}
