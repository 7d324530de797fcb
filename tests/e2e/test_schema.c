/*
 * What the database promises by itself: deploy/database/schema.sql, called as
 * its own role and as others, and applied where something is already.
 */
#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "cloud.h"

#define SCHEMA_FILE "deploy/database/schema.sql"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static PGconn *open_database(void)
{
    PGconn *db = PQconnectdb(cloud_setting("DATABASE_URL"));

    cr_assert_eq(PQstatus(db), CONNECTION_OK, "%s", PQerrorMessage(db));
    PQclear(PQexec(db, "SET client_min_messages = warning"));
    return db;
}

/* Run SQL; what it selects last goes to TEXT, which may be NULL. */
static void run(PGconn *db, const char *sql, char text[64])
{
    PGresult *result = PQexec(db, sql);

    cr_assert(PQresultStatus(result) == PGRES_TUPLES_OK ||
                  PQresultStatus(result) == PGRES_COMMAND_OK,
              "%s: %s", sql, PQerrorMessage(db));
    if (text)
        (void)snprintf(text, 64, "%s",
                       PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
}

#define expect_sql(db, sql, expected)                                          \
    do {                                                                       \
        char text[64];                                                         \
        run(db, sql, text);                                                    \
        cr_expect_str_eq(text, expected, "%s: %s", sql, text);                 \
    } while (0)

/* Apply the file, with MORE behind its BEGIN. */
static void apply_schema(PGconn *db, const char *more)
{
    static char text[65536];
    static const char begin[] = "\nBEGIN;\n";
    FILE *file = fopen(SCHEMA_FILE, "r");
    char *at;
    size_t len;

    cr_assert(file, "run the tests from the top of the repository");
    len = fread(text, 1, sizeof(text) / 2, file);
    (void)fclose(file);
    text[len] = '\0';
    at = strstr(text, begin);
    cr_assert(at);
    at += strlen(begin);
    memmove(at + strlen(more), at, strlen(at) + 1);
    memcpy(at, more, strlen(more));
    run(db, text, NULL);
}

/* ---- what a call may do ---- */

Test(schema, what_was_refused_under_a_fence_is_not_sold_under_an_older_one)
{
    cloud_reset();
    cr_expect(cloud_sql("SELECT (purchase(1, 10, 'a', 'k1', 5)->>'outcome' = "
                        "'sold_out')::int"));
    cloud_sql("UPDATE products SET stock = 50 WHERE id = 1");
    cr_expect(cloud_sql("SELECT (purchase(1, 10, 'b', 'k2', 4) @> "
                        "'{\"outcome\": \"stale\", \"highest_fence\": 5}')"
                        "::int"));
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 0);
}

/* The outcomes in the order of a life, each with what was asked. */
static const char *const given_back[] = {
    "purchase(2, 3, 'a', 'k', 5) = '{\"outcome\": \"sold\", \"key\": \"k\", "
    "\"fence\": 5, \"order_id\": 1, \"product_id\": 2, \"quantity\": 3, "
    "\"buyer\": \"a\"}'",
    "purchase(2, 3, 'a', 'k', 0) = '{\"outcome\": \"replayed\", \"key\": "
    "\"k\", \"fence\": 0, \"order_id\": 1, \"product_id\": 2, "
    "\"quantity\": 3, \"buyer\": \"a\"}'",
    "purchase(2, 3, 'b', 'k', 6) = '{\"outcome\": \"key_reused\", \"key\": "
    "\"k\", \"fence\": 6}'",
    "purchase(2, 1, 'b', 'l', 0) @> '{\"outcome\": \"stale\", \"key\": \"l\", "
    "\"fence\": 0}'",
    "purchase(2, 1, 'b', 'l', 5, 'product:2') @> '{\"outcome\": \"stale\"}'",
    "purchase(2, 1, 'b', 'l', 5, 'product:2#1') @> '{\"outcome\": \"sold\"}'",
    "purchase(99, 1, 'b', 'm', 7) = '{\"outcome\": \"unknown_product\", "
    "\"key\": \"m\", \"fence\": 7, \"forget\": true, \"closed\": "
    "\"unknown_product\"}'",
    "purchase(1, 9, 'b', 'm', 7) = '{\"outcome\": \"sold_out\", \"key\": "
    "\"m\", \"fence\": 7, \"left\": 1, \"detail\": \"1 left, fewer than you "
    "asked for.\"}'",
    "purchase(1, 1, 'b', 'm', 8) = '{\"outcome\": \"sold\", \"key\": \"m\", "
    "\"fence\": 8, \"order_id\": 3, \"product_id\": 1, \"quantity\": 1, "
    "\"buyer\": \"b\", \"closed\": \"sold_out\"}'",
    "purchase(1, 1, 'b', 'n', 9) = '{\"outcome\": \"sold_out\", \"key\": "
    "\"n\", \"fence\": 9, \"left\": 0, \"detail\": \"None is left. Trying "
    "again does not help.\", \"closed\": \"sold_out\"}'",
    "reserve_username('ada', 'u') = '{\"outcome\": \"reserved\", "
    "\"username\": \"ada\", \"user\": \"u\"}'",
    "reserve_username('ada', 'u') = '{\"outcome\": \"replayed\", "
    "\"username\": \"ada\", \"user\": \"u\"}'",
    "reserve_username('ada', 'v') = '{\"outcome\": \"taken\", "
    "\"username\": \"ada\", \"user\": \"v\"}'",
};

Test(schema, every_outcome_gives_back_what_was_asked)
{
    cloud_reset();
    for (size_t i = 0; i < COUNT(given_back); i++) {
        char sql[256];

        (void)snprintf(sql, sizeof(sql), "SELECT (%s)::int", given_back[i]);
        cr_expect_eq(cloud_sql(sql), 1, "%s", given_back[i]);
    }
    /* One for each lock that was used, none for product 99. */
    cr_expect_eq(cloud_sql("SELECT count(*) FROM fences"), 3);
}

/* A call without the lock: what it finds, and that it does nothing. */
static const char *const without_the_lock[] = {
    "purchase(2, 3, 'a', 'k', 0, 'product:2#3') @> '{\"outcome\": "
    "\"replayed\", \"order_id\": 1}'",
    "purchase(2, 3, 'b', 'k', 0, 'product:2#3') @> '{\"outcome\": "
    "\"key_reused\"}'",
    "purchase(2, 3, 'a', 'l', 0, 'product:2#3') @> '{\"outcome\": \"stale\", "
    "\"highest_fence\": 0}'",
    "purchase(2, 3, 'a', 'l', 0, 'product:2') @> '{\"outcome\": \"stale\", "
    "\"highest_fence\": 5}'",
    "purchase(2, 3, 'a', 'l', -1, 'product:3') @> '{\"outcome\": "
    "\"stale\"}'",
};

Test(schema, fence_0_gives_an_order_back_and_never_sells)
{
    cloud_reset();
    cloud_sql("SELECT purchase(2, 3, 'a', 'k', 5)");
    for (size_t i = 0; i < COUNT(without_the_lock); i++) {
        char sql[256];

        (void)snprintf(sql, sizeof(sql), "SELECT (%s)::int",
                       without_the_lock[i]);
        cr_expect_eq(cloud_sql(sql), 1, "%s", without_the_lock[i]);
    }
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 1);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 2"), 97);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM fences"), 1);
}

/* A check would have to hold for what is written around the functions too. */
Test(schema, a_fence_that_no_counter_can_have_made_is_refused)
{
    cloud_reset();
    cloud_sql("DO $$ BEGIN PERFORM purchase(2, 1, 'a', 'k', 9007199254740993);"
              " RAISE 'accepted'; EXCEPTION WHEN check_violation THEN NULL; "
              "END $$");
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 0);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM fences"), 0);
}

Test(schema, an_order_number_that_is_taken_is_no_key_that_is_used)
{
    struct answer answer;

    cloud_reset();
    cloud_sql("SELECT purchase(2, 1, 'a', 'k', NULL)");
    cloud_sql("ALTER SEQUENCE orders_id_seq RESTART");
    answer = cloud_buy(3, "bob", "key-of-bob");
    cr_expect_eq(answer.status, 500, "%d", answer.status);
    cr_expect(client_said(&answer, ":database-error"));
    client_free(&answer, 1);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 3"), 5000);
}

Test(schema, one_key_for_two_products_at_once_buys_one)
{
    PGconn *first = open_database();
    PGconn *second = open_database();
    PGresult *result;

    cloud_reset();
    run(first, "BEGIN; SELECT purchase(2, 1, 'a', 'k', NULL)", NULL);
    cr_assert(PQsendQuery(second, "SELECT purchase(3, 1, 'a', 'k', 9)"
                                  "->>'outcome'"));
    CLOUD_WAIT_FOR(cloud_sql("SELECT count(*) FROM pg_locks WHERE NOT granted"
                             " AND locktype = 'transactionid'"));
    run(first, "COMMIT", NULL);
    result = PQgetResult(second);
    cr_expect_str_eq(PQgetvalue(result, 0, 0), "key_reused");
    PQclear(result);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 3"), 5000);
    PQfinish(first);
    PQfinish(second);
}

/* ---- health ---- */

/* What is done first, who asks about which functions, and what is wrong. */
static const struct {
    const char *before, *role, *operations, *wrong;
} healths[] = {
    {"SELECT", "bouncer", "purchase reserve_username", ""},
    {"SELECT", "service_role", "purchase reserve_username", ""},
    {"SELECT", "bouncer", "purchase take_seet", "no_function take_seet"},
    {"CREATE ROLE stranger; "
     "GRANT EXECUTE ON FUNCTION bouncer_health, purchase TO stranger",
     "stranger", "purchase reserve_username", "no_rights reserve_username"},
    {"GRANT EXECUTE ON FUNCTION purchase TO anon", "bouncer",
     "reserve_username purchase", "open purchase"},
    {"GRANT EXECUTE ON FUNCTION purchase TO PUBLIC", "bouncer",
     "reserve_username purchase", "open purchase"},
    {"ALTER FUNCTION purchase RESET search_path", "bouncer", "purchase",
     "open purchase"},
    {"SET TRANSACTION READ ONLY", "bouncer", "purchase", "read_only"},
};

Test(schema, health_is_whether_a_sale_can_succeed)
{
    PGconn *db = open_database();

    for (size_t i = 0; i < COUNT(healths); i++) {
        char sql[256];

        run(db, "BEGIN", NULL);
        run(db, healths[i].before, NULL);
        (void)snprintf(sql, sizeof(sql), "SET LOCAL ROLE %s", healths[i].role);
        run(db, sql, NULL);
        (void)snprintf(sql, sizeof(sql),
                       "SELECT concat_ws(' ', it->>'reason', it->>'operation')"
                       " FROM bouncer_health('%s') AS it",
                       healths[i].operations);
        expect_sql(db, sql, healths[i].wrong);
        run(db, "ROLLBACK", NULL);
    }
    expect_sql(db, "SELECT bouncer_health()->>'outcome'", "healthy");
    PQfinish(db);
}

/* ---- applying it ---- */

/* Tables as they were once, in a place of their own; all of it rolled back. */
static const char older[] =
    "CREATE SCHEMA older; SET search_path = older; "
    "CREATE TABLE products (id bigint PRIMARY KEY, name text NOT NULL, stock "
    "bigint NOT NULL, last_fence bigint NOT NULL DEFAULT 0); "
    "INSERT INTO products VALUES (1, 'a', 5, 41), (2, 'b', 5, 0), "
    "(3, 'c', 5, 9007199254740993); "
    "CREATE FUNCTION purchase(product_id bigint, quantity bigint, buyer text, "
    "idempotency_key text, fence bigint) RETURNS jsonb LANGUAGE sql AS $$ "
    "SELECT '{}'::jsonb $$";

Test(schema, an_older_schemas_fences_are_kept)
{
    PGconn *db = open_database();

    run(db, older, NULL);
    for (int i = 0; i < 2; i++) {
        apply_schema(db, "");
        expect_sql(db,
                   "SELECT string_agg(lock || '=' || last_fence, ' ') "
                   "FROM fences",
                   "product:1=41");
        expect_sql(db,
                   "SELECT purchase(product_id => 1, quantity => 1, "
                   "buyer => 'a', idempotency_key => 'k', fence => 41)"
                   "->>'outcome'",
                   "stale");
    }
    /* The product's other permits begin anew. */
    expect_sql(db,
               "SELECT purchase(1, 1, 'a', 'p', 1, 'product:1#3')->>'outcome'",
               "sold");
    /* The one that no counter had made stopped its product for ever. */
    expect_sql(db, "SELECT purchase(3, 1, 'a', 'k', 1)->>'outcome'", "sold");
    run(db, "DROP SCHEMA older CASCADE", NULL);
    PQfinish(db);
}

/* A platform that opens everything new to everybody, as Supabase's did. */
static const char open_platform[] =
    "CREATE SCHEMA closed; SET search_path = closed; "
    "GRANT USAGE ON SCHEMA closed TO anon, authenticated, service_role; "
    "ALTER DEFAULT PRIVILEGES IN SCHEMA closed GRANT ALL ON TABLES TO anon, "
    "authenticated; "
    "ALTER DEFAULT PRIVILEGES IN SCHEMA closed GRANT ALL ON FUNCTIONS TO anon, "
    "authenticated; "
    "ALTER DEFAULT PRIVILEGES IN SCHEMA closed GRANT ALL ON SEQUENCES TO anon";

/* What somebody adds without a thought of rights, in the file or in another. */
#define OPERATION(name)                                                        \
    "CREATE TABLE " name "s (id bigint GENERATED ALWAYS AS IDENTITY); "        \
    "CREATE VIEW free_" name "s AS SELECT * FROM " name "s; "                  \
    "CREATE FUNCTION take_" name "() RETURNS jsonb LANGUAGE sql "              \
    "SECURITY DEFINER AS $$ SELECT '{}'::jsonb $$;\n"

/* Every table, view, sequence and function of a schema that is not closed. */
#define OPEN(schema)                                                           \
    "SELECT coalesce(string_agg(DISTINCT name, ' '), 'none') FROM ("           \
    "SELECT relname AS name, relnamespace AS place, "                          \
    "coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::\"char\" "    \
    "ELSE 'r' END, relowner)) AS acl FROM pg_class WHERE relkind <> 'i' "      \
    "UNION ALL SELECT proname, pronamespace, "                                 \
    "coalesce(proacl, acldefault('f', proowner)) FROM pg_proc) AS made "       \
    "CROSS JOIN aclexplode(acl) "                                              \
    "LEFT JOIN pg_roles ON pg_roles.oid = grantee "                            \
    "WHERE place = '" schema "'::regnamespace AND "                            \
    "(grantee = 0 OR rolname IN ('anon', 'authenticated'))"

Test(schema, every_table_and_function_is_closed)
{
    PGconn *db = open_database();

    expect_sql(db, OPEN("public"), "none");
    run(db, "BEGIN; GRANT SELECT ON orders TO anon", NULL);
    expect_sql(db, OPEN("public"), "orders");
    run(db, "ROLLBACK", NULL);
    PQfinish(db);
}

Test(schema, what_is_created_is_closed_to_all_but_the_service_role)
{
    PGconn *db = open_database();

    run(db, open_platform, NULL);
    apply_schema(db, OPERATION("seat"));
    run(db, OPERATION("table"), NULL);
    expect_sql(db, OPEN("closed"), "none");
    expect_sql(db,
               "SELECT string_agg(relname, ' ') FROM pg_class WHERE "
               "relnamespace = 'closed'::regnamespace AND relkind = 'r' AND "
               "NOT relrowsecurity",
               "tables");
    expect_sql(db,
               "SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc "
               "WHERE pronamespace = 'closed'::regnamespace AND "
               "has_function_privilege('service_role', oid, 'EXECUTE')",
               "bouncer_health purchase reserve_username take_seat take_table");
    expect_sql(db,
               "SELECT string_agg(proname, ' ') FROM pg_proc WHERE "
               "pronamespace = 'closed'::regnamespace AND prosecdef AND "
               "proconfig IS DISTINCT FROM "
               "'{\"search_path=closed, pg_temp\"}'",
               "take_table");
    run(db, "INSERT INTO products VALUES (1, 'a', 1); SET ROLE service_role",
        NULL);
    expect_sql(db, "SELECT purchase(1, 1, 'a', 'k', 1)->>'outcome'", "sold");
    expect_sql(db, "SELECT bouncer_health()->>'outcome'", "healthy");
    run(db, "RESET ROLE; DROP SCHEMA closed CASCADE", NULL);
    PQfinish(db);
}

/* ---- a second role ---- */

Test(schema, a_role_that_role_sql_names_may_call_and_see_nothing_else)
{
    const char *apply[] = {"/usr/bin/env",
                           "psql",
                           "-X",
                           "-q",
                           cloud_setting("DATABASE_URL"),
                           "--set=role=turn_b",
                           "--file=deploy/database/role.sql",
                           NULL};
    const char *nameless[] = {"/usr/bin/env",
                              "psql",
                              "-X",
                              "-q",
                              cloud_setting("DATABASE_URL"),
                              "--file=deploy/database/role.sql",
                              NULL};
    char log[4096];
    PGconn *db = open_database();

    cloud_reset();
    cr_expect_neq(child_run(nameless, NULL, 0, log, sizeof(log)), 0);
    cr_expect(strstr(log, "name the role"), "%s", log);
    run(db, "CREATE ROLE turn_b; " OPERATION("early"), NULL);
    cr_expect_eq(child_run(apply, NULL, 0, log, sizeof(log)), 0, "%s", log);
    run(db, OPERATION("late") "SET ROLE turn_b", NULL);
    expect_sql(db, "SELECT bouncer_health()->>'outcome'", "healthy");
    expect_sql(db, "SELECT purchase(2, 1, 'a', 'k', 1)->>'outcome'", "sold");
    expect_sql(db, "SELECT reserve_username('a', 'u')->>'outcome'", "reserved");
    expect_sql(db, "SELECT take_early()::text || take_late()", "{}{}");
    run(db, "RESET ROLE", NULL);
    expect_sql(db,
               "SELECT count(*) FROM pg_class WHERE relnamespace = "
               "'public'::regnamespace AND relkind = 'r' AND "
               "has_table_privilege('turn_b', oid, "
               "'SELECT, INSERT, UPDATE, DELETE')",
               "0");
    run(db,
        "DROP OWNED BY turn_b; DROP ROLE turn_b; "
        "DROP FUNCTION take_early, take_late; DROP TABLE earlys, lates CASCADE",
        NULL);
    PQfinish(db);
}
