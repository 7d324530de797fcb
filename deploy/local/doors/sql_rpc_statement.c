/*
 * The function's call becomes a common table expression; filters, order and
 * limits apply to that.  Where a client sees a name (in the error for a missing
 * column, in a set of scalars as an object), it is PostgREST's own.
 */
#include "doors/sql_rpc_statement.h"

/* As PostgREST chooses: a scalar comes bare, a composite as an object. */
static bool append_body(struct buffer *sql, const struct sql_function *function,
                        const struct sql_rpc_shape *shape)
{
    bool is_one = !function->is_set || shape->wants_object;
    bool is_row =
        function->is_composite || (function->is_set && shape->wants_object);

    return buffer_append_format(
        sql, "coalesce(json_agg(_postgrest_t%s)%s, '%s')::text",
        is_row ? "" : ".pgrst_scalar", is_one ? " -> 0" : "",
        is_one ? "null" : "[]");
}

/* FIRST is the number of the first filter's parameter. */
static bool append_filters(struct buffer *sql,
                           const struct sql_rpc_shape *shape, int first)
{
    bool fits = buffer_append_text(sql, " FROM pgrst_source WHERE true");

    for (int i = 0; fits && i < shape->filters_count; i++) {
        const struct sql_rpc_filter *filter = &shape->filters[i];

        fits =
            buffer_append_format(sql, " AND pgrst_source.\"%s\" %s $%d",
                                 filter->column, filter->operator, first + i);
    }
    return fits;
}

static bool append_page(struct buffer *sql, const struct sql_rpc_shape *shape,
                        int first)
{
    bool fits =
        buffer_append_text(sql, "(SELECT ") &&
        buffer_append_text(sql, shape->select.len ? shape->select.data : "*") &&
        append_filters(sql, shape, first);

    if (fits && shape->order.len > 0)
        fits = buffer_append_text(sql, " ORDER BY ") &&
               buffer_append_text(sql, shape->order.data);
    if (fits && shape->limit != SQL_RPC_NO_END)
        fits = buffer_append_format(sql, " LIMIT %lld", shape->limit);
    if (fits && shape->offset > 0)
        fits = buffer_append_format(sql, " OFFSET %lld", shape->offset);
    return fits && buffer_append_text(sql, ") _postgrest_t");
}

static bool append_total(struct buffer *sql, const struct sql_rpc_shape *shape,
                         int first)
{
    if (!shape->wants_count)
        return buffer_append_text(sql, ", NULL FROM ");
    return buffer_append_text(sql, ", (SELECT count(*)") &&
           append_filters(sql, shape, first) &&
           buffer_append_text(sql, ") FROM ");
}

bool sql_rpc_statement_write(struct buffer *sql,
                             const struct sql_function *function,
                             const struct sql_rpc_shape *shape,
                             const char *json,
                             const char *values[SQL_RPC_VALUES_MAX], int *count)
{
    int first = function->takes_arguments ? 2 : 1;

    *count = 0;
    if (function->takes_arguments)
        values[(*count)++] = json;
    for (int i = 0; i < shape->filters_count; i++)
        values[(*count)++] = shape->filters[i].value;
    return buffer_append_format(sql, "WITH pgrst_source AS (%s) SELECT ",
                                function->source) &&
           append_body(sql, function, shape) &&
           buffer_append_text(sql, ", count(*)") &&
           append_total(sql, shape, first) && append_page(sql, shape, first);
}
