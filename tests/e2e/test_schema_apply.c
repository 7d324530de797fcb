/*
 * deploy/database/schema.sql applied where something is already, and role.sql:
 * who may do what afterwards.  The file goes into a schema of the test's own.
 */
#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "cloud.h"
#include "database.h"

#define SCHEMA_FILE "deploy/database/schema.sql"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Apply the file, with MORE behind its BEGIN. */
static void apply_schema(PGconn *db, const char *more)
{
    static char text[131072];
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
    database_run(db, text, NULL);
}

/* ---- applying it ---- */

/* Tables as they were once, in a place of their own; all of it rolled back. */
static const char older[] =
    "CREATE SCHEMA older; SET search_path = older; "
    "CREATE TABLE products (id bigint PRIMARY KEY, name text NOT NULL, stock "
    "bigint NOT NULL, last_fence bigint NOT NULL DEFAULT 0); "
    "INSERT INTO products VALUES (1, 'a', 5, 41), (2, 'b', 5, 0), "
    "(3, 'c', 5, 9007199254740993); "
    "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "product_id bigint NOT NULL REFERENCES products (id), quantity bigint NOT "
    "NULL CHECK (quantity BETWEEN 1 AND 10), buyer text NOT NULL, "
    "idempotency_key text NOT NULL UNIQUE, fingerprint text NOT NULL, "
    "fence bigint, created_at timestamptz NOT NULL DEFAULT now()); "
    "INSERT INTO orders (product_id, quantity, buyer, idempotency_key, "
    "fingerprint) VALUES (2, 3, 'a', 'old', "
    "encode(sha256('[\"2\",\"3\",\"a\"]'), 'hex')); "
    "CREATE FUNCTION purchase(product_id bigint, quantity bigint, buyer text, "
    "idempotency_key text, fence bigint) RETURNS jsonb LANGUAGE sql AS $$ "
    "SELECT '{}'::jsonb $$";

Test(schema, an_older_schemas_orders_are_sold_and_can_be_repeated)
{
    PGconn *db = database_open();

    database_run(db, older, NULL);
    for (int i = 0; i < 2; i++) {
        apply_schema(db, "");
        database_expect(db,
                        "SELECT it->>'outcome' || (it->>'state') FROM "
                        "purchase(2, 3, 'a', 'old', 0) AS it",
                        "replayedsold");
        database_expect(db,
                        "SELECT concat_ws(' ', \"left\", sold, orders) "
                        "FROM sales WHERE product_id = 2",
                        "5 3 1");
        /* Once each, however often it was applied. */
        database_expect(db,
                        "SELECT string_agg(conname, ' ' ORDER BY conname) "
                        "FROM pg_constraint WHERE contype = 'c' AND conrelid "
                        "= 'products'::regclass",
                        "products_hold_s_check products_per_buyer_check");
    }
    database_run(db, "DROP SCHEMA older CASCADE", NULL);
    PQfinish(db);
}

Test(schema, an_older_schemas_fences_are_kept)
{
    PGconn *db = database_open();

    database_run(db, older, NULL);
    for (int i = 0; i < 2; i++) {
        apply_schema(db, "");
        database_expect(db,
                        "SELECT string_agg(lock || '=' || last_fence, ' ') "
                        "FROM fences",
                        "product:1=41");
        database_expect(db,
                        "SELECT purchase(product_id => 1, quantity => 1, "
                        "buyer => 'a', idempotency_key => 'k', fence => 41)"
                        "->>'outcome'",
                        "stale");
    }
    /* The product's other permits begin anew. */
    database_expect(
        db, "SELECT purchase(1, 1, 'a', 'p', 1, 'product:1#3')->>'outcome'",
        "sold");
    /* The one that no counter had made stopped its product for ever. */
    database_expect(db, "SELECT purchase(3, 1, 'a', 'k', 1)->>'outcome'",
                    "sold");
    database_run(db, "DROP SCHEMA older CASCADE", NULL);
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

/* Whether the service role may call the operations and nothing else. */
#define CALLED                                                                 \
    "SELECT string_agg(proname, ' ' ORDER BY proname) = 'bouncer_health "      \
    "cancel confirm hold order_by_key order_of product purchase "              \
    "reserve_username take_seat take_table' FROM pg_proc WHERE "               \
    "pronamespace = 'closed'::regnamespace AND "                               \
    "has_function_privilege('service_role', oid, 'EXECUTE')"

Test(schema, every_table_and_function_is_closed)
{
    PGconn *db = database_open();

    database_expect(db, OPEN("public"), "none");
    database_run(db, "BEGIN; GRANT SELECT ON orders TO anon", NULL);
    database_expect(db, OPEN("public"), "orders");
    database_run(db, "ROLLBACK", NULL);
    PQfinish(db);
}

Test(schema, what_is_created_is_closed_to_all_but_the_service_role)
{
    PGconn *db = database_open();

    database_run(db, open_platform, NULL);
    apply_schema(db, OPERATION("seat"));
    database_run(db, OPERATION("table"), NULL);
    database_expect(db, OPEN("closed"), "none");
    database_expect(
        db,
        "SELECT string_agg(relname, ' ') FROM pg_class WHERE "
        "relnamespace = 'closed'::regnamespace AND relkind = 'r' AND "
        "NOT relrowsecurity",
        "tables");
    database_expect(db, CALLED, "t");
    /* A helper that a later version brings is none of the service role's. */
    database_run(db, "DROP FUNCTION reclaim_lapsed", NULL);
    apply_schema(db, "");
    database_expect(db, CALLED, "t");
    database_expect(db,
                    "SELECT string_agg(proname, ' ') FROM pg_proc WHERE "
                    "pronamespace = 'closed'::regnamespace AND prosecdef AND "
                    "proconfig IS DISTINCT FROM "
                    "'{\"search_path=closed, pg_temp\"}'",
                    "take_table");
    database_run(
        db, "INSERT INTO products VALUES (1, 'a', 1); SET ROLE service_role",
        NULL);
    database_expect(db, "SELECT purchase(1, 1, 'a', 'k', 1)->>'outcome'",
                    "sold");
    database_expect(db, "SELECT bouncer_health()->>'outcome'", "healthy");
    database_run(db, "RESET ROLE; DROP SCHEMA closed CASCADE", NULL);
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
    PGconn *db = database_open();

    cloud_reset();
    cr_expect_neq(child_run(nameless, NULL, 0, log, sizeof(log)), 0);
    cr_expect(strstr(log, "name the role"), "%s", log);
    database_run(db, "CREATE ROLE turn_b; " OPERATION("early"), NULL);
    cr_expect_eq(child_run(apply, NULL, 0, log, sizeof(log)), 0, "%s", log);
    database_run(db, OPERATION("late") "SET ROLE turn_b", NULL);
    database_expect(db, "SELECT bouncer_health()->>'outcome'", "healthy");
    database_expect(db, "SELECT purchase(2, 1, 'a', 'k', 1)->>'outcome'",
                    "sold");
    database_expect(db, "SELECT reserve_username('a', 'u')->>'outcome'",
                    "reserved");
    database_expect(db, "SELECT take_early()::text || take_late()", "{}{}");
    database_run(db, "RESET ROLE", NULL);
    database_expect(db,
                    "SELECT count(*) FROM pg_class WHERE relnamespace = "
                    "'public'::regnamespace AND relkind = 'r' AND "
                    "has_table_privilege('turn_b', oid, "
                    "'SELECT, INSERT, UPDATE, DELETE')",
                    "0");
    database_run(
        db,
        "DROP OWNED BY turn_b; DROP ROLE turn_b; "
        "DROP FUNCTION take_early, take_late; DROP TABLE earlys, lates CASCADE",
        NULL);
    PQfinish(db);
}
