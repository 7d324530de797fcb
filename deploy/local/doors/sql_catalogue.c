#include "sql_catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define REMEMBER_MS 1000

/* FNV-1a (https://www.rfc-editor.org/rfc/rfc9923): offset basis and prime. */
#define HASH_START 2166136261U
#define HASH_FACTOR 16777619U

/*
 * Columns: the SQL, proretset, is void, is volatile, takes arguments.  A
 * function fits if it knows all names given and all arguments without a
 * default are given.
 */
const char sql_catalogue_query[] =
    "WITH input AS ("
    "  SELECT p.oid, a.name, a.type, a.mode,"
    "         row_number() OVER (PARTITION BY p.oid ORDER BY a.ord) AS pos"
    "  FROM pg_catalog.pg_proc p"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace,"
    "  LATERAL unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]),"
    "                 p.proargnames, p.proargmodes)"
    "          WITH ORDINALITY AS a(type, name, mode, ord)"
    "  WHERE n.nspname = $1 AND p.proname = $2 AND a.type IS NOT NULL"
    "    AND coalesce(a.mode, 'i') IN ('i', 'b', 'v')"
    "), fitting AS ("
    "  SELECT p.oid, n.nspname, p.proname, p.proretset, p.prorettype,"
    "         p.provolatile"
    "  FROM pg_catalog.pg_proc p"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
    "  WHERE n.nspname = $1 AND p.proname = $2 AND p.prokind = 'f'"
    "    AND NOT EXISTS (SELECT 1 FROM unnest($3::text[]) AS given(name)"
    "                    WHERE given.name NOT IN (SELECT i.name FROM input i"
    "                                   WHERE i.oid = p.oid"
    "                                     AND i.name IS NOT NULL))"
    "    AND NOT EXISTS (SELECT 1 FROM input i WHERE i.oid = p.oid"
    "                    AND i.pos <= p.pronargs - p.pronargdefaults"
    "                    AND (i.name IS NULL OR i.name <> ALL ($3::text[])))"
    ")"
    "SELECT"
    "  CASE WHEN f.prorettype = 'void'::regtype"
    "         THEN 'SELECT NULL::text, count(*)'"
    "       WHEN f.proretset"
    "         THEN 'SELECT coalesce(json_agg(_r), ''[]'')::text, count(*)'"
    "       ELSE 'SELECT coalesce((json_agg(_r) -> 0)::text, ''null''),"
    "                    count(*)' END"
    "  || ' FROM '"
    "  || coalesce('json_to_record($1::json) AS _args(' || ("
    "       SELECT string_agg(format('%I %s', i.name,"
    "                                format_type(i.type, NULL)),"
    "                         ', ' ORDER BY i.pos)"
    "       FROM input i WHERE i.oid = f.oid AND i.name = ANY ($3::text[])"
    "     ) || '), LATERAL ', '')"
    "  || format('%I.%I(', f.nspname, f.proname)"
    "  || coalesce(("
    "       SELECT string_agg(CASE i.mode WHEN 'v' THEN 'VARIADIC ' ELSE '' END"
    "                         || format('%I := _args.%I', i.name, i.name),"
    "                         ', ' ORDER BY i.pos)"
    "       FROM input i WHERE i.oid = f.oid AND i.name = ANY ($3::text[])"
    "     ), '') || ') AS _r',"
    "  f.proretset, f.prorettype = 'void'::regtype, f.provolatile = 'v',"
    "  cardinality($3::text[]) > 0 "
    "FROM fitting f";

static size_t place_of(const char *key)
{
    uint32_t hash = HASH_START;

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * HASH_FACTOR;
    return hash % SQL_CATALOGUE_SIZE;
}

static void forget(struct sql_catalogue *catalogue, size_t place)
{
    free(catalogue->entries[place].key);
    free(catalogue->entries[place].function.sql);
    catalogue->entries[place].key = NULL;
    catalogue->entries[place].function.sql = NULL;
}

const struct sql_function *
sql_catalogue_find(const struct sql_catalogue *catalogue, const char *key)
{
    size_t place = place_of(key);

    if (!catalogue->entries[place].key ||
        strcmp(catalogue->entries[place].key, key) != 0 ||
        catalogue->entries[place].until_ms < clock_boottime_ms(clock_system()))
        return NULL;
    return &catalogue->entries[place].function;
}

static bool is_true(const PGresult *result, int row, int column)
{
    return *PQgetvalue(result, row, column) == 't';
}

const struct sql_function *sql_catalogue_read(struct sql_catalogue *catalogue,
                                              const char *key,
                                              const PGresult *result, int row)
{
    size_t place = place_of(key);
    char *own_key = strdup(key);
    char *sql = strdup(PQgetvalue(result, row, 0));

    if (!own_key || !sql) {
        free(own_key);
        free(sql);
        return NULL;
    }
    forget(catalogue, place);
    catalogue->entries[place].key = own_key;
    catalogue->entries[place].until_ms =
        clock_boottime_ms(clock_system()) + REMEMBER_MS;
    catalogue->entries[place].function =
        (struct sql_function){.sql = sql,
                              .is_set = is_true(result, row, 1),
                              .is_void = is_true(result, row, 2),
                              .is_volatile = is_true(result, row, 3),
                              .takes_arguments = is_true(result, row, 4)};
    return &catalogue->entries[place].function;
}

void sql_catalogue_forget(struct sql_catalogue *catalogue, const char *key)
{
    size_t place = place_of(key);

    if (catalogue->entries[place].key &&
        strcmp(catalogue->entries[place].key, key) == 0)
        forget(catalogue, place);
}

void sql_catalogue_release(struct sql_catalogue *catalogue)
{
    for (size_t i = 0; i < SQL_CATALOGUE_SIZE; i++)
        forget(catalogue, i);
}
