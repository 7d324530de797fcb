/*
 * Each header has a reader of its own, which takes what is served and rejects
 * the rest.
 */
#include "doors/sql_rpc_shape.h"

#include <stdlib.h>
#include <string.h>

#include "doors/sql_rpc_query.h"

/* The longest list of columns or terms, in SQL. */
#define LIST_MAX_BYTES (16UL * 1024)

/* ---- the headers ---- */

/* Whether a media type is served; *IS_OBJECT: as one object. */
static bool is_served(struct slice media, bool *is_object)
{
    static const struct {
        const char *type;
        bool is_object;
    } served[] = {
        {"*/*", false},
        {"application/*", false},
        {"application/json", false},
        {"application/vnd.pgrst.object", true},
        {"application/vnd.pgrst.object+json", true},
    };
    struct slice type, parameter;
    bool is_plain = sql_rpc_list_next(&media, ';', &type);

    /* Parameters other than the weight ask for something else. */
    while (is_plain && sql_rpc_list_next(&media, ';', &parameter))
        is_plain = parameter.len > 1 && memcmp(parameter.at, "q=", 2) == 0;
    for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
        *is_object = served[i].is_object;
        if (is_plain && slice_is_ignoring_case(type, served[i].type))
            return true;
    }
    return false;
}

/* The first type that can be served is taken; weights decide nothing. */
static bool read_accept(struct sql_rpc_shape *shape, struct slice accept,
                        struct sql_rejection *rejection)
{
    struct slice rest = accept;
    struct slice media;

    while (sql_rpc_list_next(&rest, ',', &media)) {
        if (is_served(media, &shape->wants_object))
            return true;
    }
    if (!accept.at)
        return true;
    sql_reject(rejection, 406, "PGRST107", "", "%s", "");
    error_set(&rejection->message,
              "None of these media types are available: %.*s", (int)accept.len,
              accept.at);
    return false;
}

/*
 * A function's result has no `return`, and a transaction ends by a commit: as
 * in production these change nothing.
 */
static bool read_prefer(struct sql_rpc_shape *shape, struct slice prefer,
                        struct sql_rejection *rejection)
{
    static const char *const idle[] = {"",
                                       "return=representation",
                                       "return=minimal",
                                       "tx=commit",
                                       "return=headers-only",
                                       "handling=lenient",
                                       "handling=strict"};
    struct slice item;

    while (sql_rpc_list_next(&prefer, ',', &item)) {
        bool known = slice_is(item, "count=exact");

        shape->wants_count = shape->wants_count || known;
        for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
            known = known || slice_is(item, idle[i]);
        if (!known)
            return sql_reject_feature(rejection, "Prefer: ", item);
    }
    return true;
}

/* ---- the whole ---- */

void sql_rpc_shape_init(struct sql_rpc_shape *shape)
{
    *shape = (struct sql_rpc_shape){.limit = SQL_RPC_NO_END};
    buffer_init(&shape->select, LIST_MAX_BYTES);
    buffer_init(&shape->order, LIST_MAX_BYTES);
}

bool sql_rpc_shape_read(struct sql_rpc_shape *shape,
                        const struct sql_rpc_request *request,
                        struct sql_rejection *rejection)
{
    const char *query = request->query.at ? request->query.at : "";

    if (request->range.at)
        return sql_reject_feature(rejection, "the header Range", SLICE_EMPTY);
    return sql_rpc_query_read(shape, query, request->is_post, rejection) &&
           read_accept(shape, request->accept, rejection) &&
           read_prefer(shape, request->prefer, rejection);
}

void sql_rpc_shape_release(struct sql_rpc_shape *shape)
{
    buffer_release(&shape->select);
    buffer_release(&shape->order);
    for (int i = 0; i < shape->filters_count; i++) {
        free(shape->filters[i].column);
        free(shape->filters[i].value);
    }
}
