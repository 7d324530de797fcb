/*
 * pg_value: converts values between JSON and PostgreSQL's text format as Neon's
 * proxy does (github.com/neondatabase/neon, proxy/src/serverless/json.rs).
 *
 * To SQL: null is NULL, strings are themselves, booleans, numbers and objects
 * are their JSON text, arrays are array literals.  To JSON: int2, int4 and
 * finite floats are numbers, bool, json and jsonb are parsed, arrays of known
 * types are arrays, and everything else, int8 and numeric among it, is a
 * string.
 */
#ifndef BOUNCER_LOCAL_PG_VALUE_H
#define BOUNCER_LOCAL_PG_VALUE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "base/json.h"

/*
 * Append what VALUE is as a parameter, an end NUL included, to OUT.  *IS_NULL
 * tells whether it is NULL instead; nothing is appended then.  False past the
 * buffer's ceiling.
 */
__attribute__((warn_unused_result)) bool
pg_value_to_sql(const struct json *value, struct buffer *out, bool *is_null);

/*
 * Add TEXT, a value of TYPE, to PARENT under KEY, as json_add_string does.
 * What cannot be read as its type is added as a string; a malformed array fails
 * DOC.
 */
void pg_value_to_json(struct json_document *doc, struct json *parent,
                      const char *key, const char *text, Oid type);

#endif
