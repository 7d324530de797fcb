/*
 * One query asks PostgreSQL's catalogue which functions fit, and makes it write
 * the SELECT that calls each.  A hash table without chains remembers the
 * answers: a new one takes the place of an old one.
 */
#include "doors/sql_catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define REMEMBER_MS 1000

/* FNV-1a (https://www.rfc-editor.org/rfc/rfc9923): offset basis and prime. */
#define HASH_START 2166136261U
#define HASH_FACTOR 16777619U

/*
 * Columns: the source, proretset, is composite, is void, is volatile, takes
 * arguments.  A function fits if it knows all names given and all arguments
 * without a default are given; one with a single unnamed argument of JSON takes
 * the whole body where no other one fits.
 */
const char sql_catalogue_query[] =
    "WITH input AS ("
    "  SELECT p.oid, coalesce(a.name, '') AS name, a.type, a.mode,"
    "         row_number() OVER (PARTITION BY p.oid ORDER BY a.ord) AS pos"
    "  FROM pg_catalog.pg_proc p"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace,"
    "  LATERAL unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]),"
    "                 p.proargnames, p.proargmodes)"
    "          WITH ORDINALITY AS a(type, name, mode, ord)"
    "  WHERE n.nspname = $1 AND p.proname = $2 AND a.type IS NOT NULL"
    "    AND coalesce(a.mode, 'i') IN ('i', 'b', 'v')"
    "), named AS ("
    "  SELECT p.*, n.nspname,"
    "         $3::text[] IS NOT NULL"
    "         AND NOT EXISTS (SELECT 1 FROM unnest($3::text[]) AS given(name)"
    "                         WHERE given.name NOT IN"
    "                               (SELECT i.name FROM input i"
    "                                WHERE i.oid = p.oid AND i.name <> ''))"
    "         AND NOT EXISTS (SELECT 1 FROM input i WHERE i.oid = p.oid"
    "                         AND i.pos <= p.pronargs - p.pronargdefaults"
    "                         AND i.name <> ALL ($3::text[])) AS fits"
    "  FROM pg_catalog.pg_proc p"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
    "  WHERE n.nspname = $1 AND p.proname = $2 AND p.prokind = 'f'"
    "    AND p.prorettype <> 'trigger'::regtype"
    "), fitting AS ("
    "  SELECT named.*, fits AND cardinality($3::text[]) > 0 AS takes_names,"
    "         NOT fits AS takes_body"
    "  FROM named"
    "  WHERE fits"
    "     OR $4::bool AND pronargs = 1 AND NOT EXISTS (SELECT 1 FROM named o"
    "                                                  WHERE o.fits)"
    "        AND EXISTS (SELECT 1 FROM input i"
    "                    WHERE i.oid = named.oid AND i.name = '' AND i.type IN"
    "                          ('json'::regtype, 'jsonb'::regtype))"
    "), called AS ("
    "  SELECT f.*,"
    "    t.typtype = 'c' OR coalesce(f.proargmodes && '{t,b,o}', false)"
    "      AS is_composite,"
    "    CASE WHEN f.takes_names"
    "         THEN 'json_to_record($1::json) AS _args(' || ("
    "           SELECT string_agg(format('%I %s', i.name,"
    "                                    format_type(i.type, NULL)),"
    "                             ', ' ORDER BY i.pos)"
    "           FROM input i WHERE i.oid = f.oid AND i.name = ANY ($3::text[])"
    "         ) || '), LATERAL '"
    "         ELSE '' END AS arguments,"
    "    format('%I.%I(', f.nspname, f.proname)"
    "    || CASE WHEN f.takes_body"
    "            THEN '$1::' || (SELECT format_type(i.type, NULL)"
    "                            FROM input i WHERE i.oid = f.oid)"
    "            ELSE coalesce(("
    "              SELECT string_agg("
    "                CASE i.mode WHEN 'v' THEN 'VARIADIC ' ELSE '' END"
    "                || format('%I := _args.%I', i.name, i.name),"
    "                ', ' ORDER BY i.pos)"
    "              FROM input i WHERE i.oid = f.oid"
    "                             AND i.name = ANY ($3::text[])), '')"
    "       END || ')' AS call"
    "  FROM fitting f JOIN pg_catalog.pg_type t ON t.oid = f.prorettype"
    ")"
    "SELECT"
    "  CASE WHEN is_composite"
    "       THEN 'SELECT pgrst_call.* FROM ' || arguments || call"
    "       ELSE 'SELECT pgrst_call.pgrst_scalar FROM ' || arguments"
    "            || '(SELECT ' || call || ' AS pgrst_scalar)'"
    "  END || ' AS pgrst_call',"
    "  proretset, is_composite, prorettype = 'void'::regtype,"
    "  provolatile = 'v', takes_names OR takes_body "
    "FROM called";

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
    free(catalogue->entries[place].function.source);
    catalogue->entries[place].key = NULL;
    catalogue->entries[place].function.source = NULL;
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
    char *source = strdup(PQgetvalue(result, row, 0));

    if (!own_key || !source) {
        free(own_key);
        free(source);
        return NULL;
    }
    forget(catalogue, place);
    catalogue->entries[place].key = own_key;
    catalogue->entries[place].until_ms =
        clock_boottime_ms(clock_system()) + REMEMBER_MS;
    catalogue->entries[place].function =
        (struct sql_function){.source = source,
                              .is_set = is_true(result, row, 1),
                              .is_composite = is_true(result, row, 2),
                              .is_void = is_true(result, row, 3),
                              .is_volatile = is_true(result, row, 4),
                              .takes_arguments = is_true(result, row, 5)};
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
