/*
 * Only plain names pass, so double quotes make identifiers of them; values
 * become parameters of the statement.
 */
#include "doors/sql_rpc_query.h"

#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

static bool reject_parameter(struct sql_rejection *rejection,
                             const struct sql_rpc_parameter *parameter,
                             const char *expected)
{
    return sql_reject(rejection, 400, "PGRST100",
                      "failed to parse a parameter of the query",
                      "unexpected \"%.100s\" in \"%.100s\", expecting %s",
                      parameter->value, parameter->name, expected);
}

/* ---- lists ---- */

bool sql_rpc_list_next(struct slice *rest, char separator, struct slice *item)
{
    const char *end;

    if (!rest->at)
        return false;
    end = memchr(rest->at, separator, rest->len);
    *item = *rest;
    if (end) {
        item->len = (size_t)(end - rest->at);
        *rest = (struct slice){end + 1, rest->len - item->len - 1};
    } else {
        *rest = (struct slice){NULL, 0};
    }
    *item = slice_trim(*item);
    return true;
}

/* Whether NAME is a name that needs no quotes in PostgREST's language. */
static bool is_plain(struct slice name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$ ";

    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.at[i] < 0x80 &&
            !memchr(plain, name.at[i], sizeof(plain) - 1))
            return false;
    }
    return name.len > 0;
}

static bool append_column(struct buffer *list, struct slice name)
{
    return buffer_append_format(list, "%s\"%.*s\"", list->len > 0 ? ", " : "",
                                (int)name.len, name.at);
}

static bool read_select(struct sql_rpc_shape *shape, struct slice list,
                        struct sql_rejection *rejection)
{
    struct slice item;

    while (sql_rpc_list_next(&list, ',', &item)) {
        bool fits = slice_is(item, "*")
                        ? buffer_append_text(&shape->select,
                                             shape->select.len ? ", *" : "*")
                        : is_plain(item) && append_column(&shape->select, item);

        if (!fits)
            return sql_reject_feature(rejection, "select=", item);
    }
    return true;
}

static bool append_direction(struct buffer *order, struct slice word)
{
    static const char *const directions[][2] = {
        {"asc", " ASC"},
        {"desc", " DESC"},
        {"nullsfirst", " NULLS FIRST"},
        {"nullslast", " NULLS LAST"},
    };

    for (size_t i = 0; i < sizeof(directions) / sizeof(directions[0]); i++) {
        if (slice_is(word, directions[i][0]))
            return buffer_append_text(order, directions[i][1]);
    }
    return false;
}

static bool read_order(struct sql_rpc_shape *shape, struct slice list,
                       struct sql_rejection *rejection)
{
    struct slice item;

    while (sql_rpc_list_next(&list, ',', &item)) {
        struct slice words = item;
        struct slice word;
        bool fits = sql_rpc_list_next(&words, '.', &word) && is_plain(word) &&
                    append_column(&shape->order, word);

        while (fits && sql_rpc_list_next(&words, '.', &word))
            fits = append_direction(&shape->order, word);
        if (!fits)
            return sql_reject_feature(rejection, "order=", item);
    }
    return true;
}

/* ---- filters ---- */

/* PostgREST knows them all; those without SQL are not served here. */
static const struct {
    const char *name;
    const char *sql;
} operators[] = {
    {"eq", "="},      {"neq", "<>"},        {"gt", ">"},     {"gte", ">="},
    {"lt", "<"},      {"lte", "<="},        {"is", NULL},    {"not", NULL},
    {"in", NULL},     {"like", NULL},       {"ilike", NULL}, {"match", NULL},
    {"imatch", NULL}, {"isdistinct", NULL}, {"cs", NULL},    {"cd", NULL},
    {"ov", NULL},     {"sl", NULL},         {"sr", NULL},    {"nxr", NULL},
    {"nxl", NULL},    {"adj", NULL},        {"fts", NULL},   {"plfts", NULL},
    {"phfts", NULL},  {"wfts", NULL},
};

#define OPERATORS (sizeof(operators) / sizeof(operators[0]))

/* The place of the operator that VALUE begins with; OPERATORS: none. */
static size_t operator_of(const char *value)
{
    size_t len = strcspn(value, ".(");
    size_t place = 0;

    while (place < OPERATORS &&
           (value[len] == '\0' ||
            !slice_is((struct slice){value, len}, operators[place].name)))
        place++;
    return place;
}

static bool read_filter(struct sql_rpc_shape *shape,
                        const struct sql_rpc_parameter *parameter,
                        struct sql_rejection *rejection)
{
    size_t place = operator_of(parameter->value);
    size_t len = strcspn(parameter->value, ".(");
    const char *value = parameter->value + len + 1;
    struct sql_rpc_filter *filter = &shape->filters[shape->filters_count];

    if (place == OPERATORS)
        return reject_parameter(rejection, parameter,
                                "an operator (eq, gt, ...)");
    if (!operators[place].sql || value[-1] == '(')
        return sql_reject_feature(rejection, "the operator ",
                                  (struct slice){parameter->value, len});
    if (!is_plain(slice_of(parameter->name)))
        return sql_reject_feature(rejection, "a filter on ",
                                  slice_of(parameter->name));
    if (shape->filters_count == SQL_RPC_FILTERS_MAX)
        return sql_reject_feature(rejection, "so many filters", SLICE_EMPTY);
    filter->column = strdup(parameter->name);
    filter->operator= operators[place].sql;
    filter->value = strdup(value);
    shape->filters_count++;
    if (filter->column && filter->value)
        return true;
    return sql_reject(rejection, 500, "PGRSTX00", "out of memory", "%s", "");
}

/* ---- the query ---- */

static bool read_number(long long *number,
                        const struct sql_rpc_parameter *parameter,
                        struct sql_rejection *rejection)
{
    if (!slice_to_int(slice_of(parameter->value), number))
        return reject_parameter(rejection, parameter, "a number");
    if (*number < 0)
        return sql_reject(rejection, 416, "PGRST103",
                          "Requested range not satisfiable", "%s",
                          "Limit should be greater than or equal to zero.");
    return true;
}

/* Known to PostgREST, but not as a filter. */
static const char *const unserved[] = {"and",    "or",      "not.and",
                                       "not.or", "columns", "on_conflict"};

static bool is_unserved(const char *name)
{
    for (size_t i = 0; i < sizeof(unserved) / sizeof(unserved[0]); i++) {
        if (strcmp(name, unserved[i]) == 0)
            return true;
    }
    return false;
}

bool sql_rpc_parameter_is_shape(const struct sql_rpc_parameter *parameter)
{
    static const char *const served[] = {"select", "order", "limit", "offset"};

    for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
        if (strcmp(parameter->name, served[i]) == 0)
            return true;
    }
    return is_unserved(parameter->name) ||
           operator_of(parameter->value) < OPERATORS;
}

static bool read_parameter(struct sql_rpc_shape *shape,
                           const struct sql_rpc_parameter *parameter,
                           struct sql_rejection *rejection)
{
    struct slice value = slice_of(parameter->value);

    if (strcmp(parameter->name, "select") == 0)
        return read_select(shape, value, rejection);
    if (strcmp(parameter->name, "order") == 0)
        return read_order(shape, value, rejection);
    if (strcmp(parameter->name, "limit") == 0)
        return read_number(&shape->limit, parameter, rejection);
    if (strcmp(parameter->name, "offset") == 0)
        return read_number(&shape->offset, parameter, rejection);
    if (is_unserved(parameter->name))
        return sql_reject_feature(rejection, "the parameter ",
                                  slice_of(parameter->name));
    return read_filter(shape, parameter, rejection);
}

static char *decode(const char *at, size_t len)
{
    char *encoded = strndup(at, len);
    size_t decoded_len = 0;
    char *decoded = encoded ? evhttp_uridecode(encoded, 1, &decoded_len) : NULL;

    free(encoded);
    if (decoded && strlen(decoded) == decoded_len)
        return decoded;
    free(decoded);
    return NULL;
}

bool sql_rpc_parameter_next(const char **rest,
                            struct sql_rpc_parameter *parameter)
{
    const char *at = *rest + strspn(*rest, "&");
    size_t len = strcspn(at, "&");
    size_t name_len = strcspn(at, "=&");
    size_t value_at = name_len < len ? name_len + 1 : len;

    *rest = at;
    if (len == 0)
        return false;
    parameter->name = decode(at, name_len);
    parameter->value = decode(at + value_at, len - value_at);
    if (!parameter->name || !parameter->value) {
        sql_rpc_parameter_release(parameter);
        return false;
    }
    *rest = at + len;
    return true;
}

void sql_rpc_parameter_release(struct sql_rpc_parameter *parameter)
{
    free(parameter->name);
    free(parameter->value);
}

bool sql_rpc_query_read(struct sql_rpc_shape *shape, const char *query,
                        bool is_post, struct sql_rejection *rejection)
{
    const char *rest = query;
    struct sql_rpc_parameter parameter;
    bool fits = true;

    while (fits && sql_rpc_parameter_next(&rest, &parameter)) {
        if (is_post || sql_rpc_parameter_is_shape(&parameter))
            fits = read_parameter(shape, &parameter, rejection);
        sql_rpc_parameter_release(&parameter);
    }
    if (fits && *rest)
        return sql_reject(rejection, 400, "PGRST100",
                          "failed to parse a parameter of the query", "%.200s",
                          rest);
    return fits;
}
