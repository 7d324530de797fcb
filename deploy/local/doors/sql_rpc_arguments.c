/*
 * The arguments go to PostgreSQL as one JSON text, untouched.  Their names are
 * sorted, so that every order of the same names finds one entry in the
 * catalogue.
 */
#include "doors/sql_rpc_arguments.h"

#include <stdlib.h>
#include <string.h>

#include "doors/pg_value.h"
#include "doors/sql_rpc_query.h"

#define JSON_MAX_BYTES (16UL * 1024 * 1024)
#define NAMES_MAX_BYTES (64UL * 1024)

static const struct json_limits body_limits = {
    .max_bytes = JSON_MAX_BYTES, .max_depth = 60, .max_values = 1000000};

static int by_name(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

static bool write_names(struct sql_rpc_arguments *arguments,
                        const char *const *names, size_t count)
{
    struct json_document doc;
    struct json *array = json_new_array(&doc);
    bool is_null;
    bool fits = true;

    for (size_t i = 0; i < count; i++) {
        json_add_string(&doc, array, NULL, names[i]);
        fits = fits && (i == 0 || buffer_append_text(&arguments->list, ", ")) &&
               buffer_append_text(&arguments->list, names[i]);
    }
    fits = fits && !doc.failed &&
           pg_value_to_sql(doc.root, &arguments->array, &is_null);
    json_release(&doc);
    return fits;
}

/* Set array and list to the keys of OBJECT, in one order for all clients. */
static bool collect_names(struct sql_rpc_arguments *arguments,
                          const struct json *object)
{
    size_t count = json_count(object);
    const char **names = calloc(count + 1, sizeof(names[0]));
    const struct json *member = json_first(object);
    bool fits;

    if (!names)
        return false;
    for (size_t i = 0; i < count; i++, member = json_next(member))
        names[i] = json_key(member);
    qsort(names, count, sizeof(names[0]), by_name);
    fits = write_names(arguments, names, count);
    free(names);
    return fits;
}

/* An array has no names: it is for a function of one unnamed argument. */
static bool read_body(struct sql_rpc_arguments *arguments, struct slice body)
{
    struct json_document doc;
    bool fits;

    if (body.len == 0)
        body = slice_of("{}");
    if (!json_parse(&doc, body, &body_limits, NULL))
        return false;
    fits = buffer_append(&arguments->json, body.at, body.len);
    if (json_type(doc.root) == JSON_OBJECT)
        fits = fits && collect_names(arguments, doc.root);
    else
        fits = fits && json_type(doc.root) == JSON_ARRAY;
    json_release(&doc);
    return fits;
}

static bool read_query(struct sql_rpc_arguments *arguments, const char *query)
{
    struct sql_rpc_parameter parameter;
    struct json_document doc;
    struct json *object = json_new_object(&doc);
    bool fits;

    while (sql_rpc_parameter_next(&query, &parameter)) {
        if (!sql_rpc_parameter_is_shape(&parameter))
            json_add_string(&doc, object, parameter.name, parameter.value);
        sql_rpc_parameter_release(&parameter);
    }
    fits = json_print(&doc, &arguments->json) &&
           collect_names(arguments, doc.root);
    json_release(&doc);
    return fits;
}

static bool start(struct sql_rpc_arguments *arguments)
{
    buffer_init(&arguments->json, JSON_MAX_BYTES);
    buffer_init(&arguments->array, NAMES_MAX_BYTES);
    buffer_init(&arguments->list, NAMES_MAX_BYTES);
    return buffer_append_text(&arguments->list, "");
}

bool sql_rpc_arguments_read_body(struct sql_rpc_arguments *arguments,
                                 struct slice body)
{
    return start(arguments) && read_body(arguments, body);
}

bool sql_rpc_arguments_read_query(struct sql_rpc_arguments *arguments,
                                  struct slice query)
{
    return start(arguments) && read_query(arguments, query.at ? query.at : "");
}

void sql_rpc_arguments_release(struct sql_rpc_arguments *arguments)
{
    buffer_release(&arguments->json);
    buffer_release(&arguments->array);
    buffer_release(&arguments->list);
}
