/*
 * A table maps SQLSTATEs and their classes to statuses, in PostgREST's order.
 */
#include "doors/sql_postgrest_error.h"

#include <string.h>

static void add(struct json_document *doc, struct json *object, const char *key,
                const char *text)
{
    if (text)
        json_add_string(doc, object, key, text);
    else
        json_add_null(doc, object, key);
}

void sql_postgrest_error(struct exchange *exchange, int status,
                         const char *code, const char *message,
                         const char *details, const char *hint)
{
    struct json_document doc;
    struct json *object = json_new_object(&doc);

    add(&doc, object, "code", code);
    add(&doc, object, "details", details);
    add(&doc, object, "hint", hint);
    add(&doc, object, "message", message);
    exchange_reply_json(exchange, status, &doc);
}

void sql_postgrest_error_rejection(struct exchange *exchange,
                                   const struct sql_rejection *rejection)
{
    sql_postgrest_error(
        exchange, rejection->status, rejection->code, rejection->message.text,
        *rejection->details.text ? rejection->details.text : NULL, NULL);
}

/* The first entry that begins a SQLSTATE tells its status. */
static const struct {
    const char *begin;
    int status;
} statuses[] = {
    {"23503", 409}, {"23505", 409}, {"25006", 405}, {"21000", 500},
    {"53400", 500}, {"57P01", 503}, {"P0001", 400}, {"42883", 404},
    {"42P01", 404}, {"42P17", 500}, {"42501", 403}, {"08", 503},
    {"09", 500},    {"0L", 403},    {"0P", 403},    {"25", 500},
    {"28", 403},    {"2D", 500},    {"38", 500},    {"39", 500},
    {"3B", 500},    {"40", 500},    {"53", 503},    {"54", 500},
    {"55", 500},    {"57", 500},    {"58", 500},    {"F0", 500},
    {"HV", 500},    {"P0", 500},    {"XX", 500},
};

/* RAISE sqlstate 'PT409' sets the status 409; what is no status is a 500. */
static int raised_status(const char *digits)
{
    long long status;

    if (!slice_to_int(slice_of(digits), &status) || status < 200 ||
        status > 599)
        return 500;
    return (int)status;
}

static int status_of(const char *sqlstate)
{
    if (strncmp(sqlstate, "PT", 2) == 0)
        return raised_status(sqlstate + 2);
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (strncmp(sqlstate, statuses[i].begin, strlen(statuses[i].begin)) ==
            0)
            return statuses[i].status;
    }
    return 400;
}

static void answer_rejected(struct exchange *exchange, const struct pg_end *end)
{
    const PGresult *error = end->error;
    const char *sqlstate =
        error ? PQresultErrorField(error, PG_DIAG_SQLSTATE) : NULL;
    struct sql_rejection rejection;

    if (!sqlstate) {
        sql_postgrest_error(exchange, 500, "PGRSTX00", end->reason, NULL, NULL);
        return;
    }
    if (strcmp(sqlstate, "PGRST") == 0) {
        sql_reject_feature(&rejection, "RAISE SQLSTATE 'PGRST'", SLICE_EMPTY);
        sql_postgrest_error_rejection(exchange, &rejection);
        return;
    }
    sql_postgrest_error(exchange, status_of(sqlstate), sqlstate,
                        PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY),
                        PQresultErrorField(error, PG_DIAG_MESSAGE_DETAIL),
                        PQresultErrorField(error, PG_DIAG_MESSAGE_HINT));
}

void sql_postgrest_error_end(struct exchange *exchange,
                             const struct pg_end *end)
{
    switch (end->outcome) {
    case PG_REJECTED:
        answer_rejected(exchange, end);
        break;
    case PG_UNREACHABLE:
        sql_postgrest_error(
            exchange, 503, "PGRST000",
            "Database connection error. Retrying the connection.", end->reason,
            NULL);
        break;
    case PG_BUSY:
        sql_postgrest_error(
            exchange, 504, "PGRST003",
            "Timed out acquiring connection from connection pool.", NULL, NULL);
        break;
    case PG_LOST:
        sql_postgrest_error(exchange, 503, "PGRST001",
                            "Database client error. Retrying the connection.",
                            end->reason, NULL);
        break;
    case PG_ABANDONED:
    case PG_DONE:
    case PG_UNKNOWN:
        sql_postgrest_error(exchange, 500, "PGRSTX00", end->reason, NULL, NULL);
        break;
    }
}
