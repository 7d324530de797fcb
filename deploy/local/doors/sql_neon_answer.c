/*
 * Rows arrive one by one, so the first piece of a result writes the fields and
 * the last one the command; in between the bytes are counted.
 */
#include "doors/sql_neon_answer.h"

#include <stdio.h>
#include <string.h>

#include "doors/pg_value.h"

/* Neon's limit for an answer. */
#define RESPONSE_MAX_BYTES (10UL * 1024 * 1024)

/* What a value takes beside its text: quotes, comma, key. */
#define VALUE_EXTRA_BYTES 4

static void add_fields(struct sql_neon_result *result, PGresult *piece)
{
    struct json_document *doc = result->doc;
    struct json *fields = json_add_array(doc, result->object, "fields");

    for (int i = 0; i < PQnfields(piece); i++) {
        struct json *field = json_add_object(doc, fields, NULL);

        json_add_string(doc, field, "name", PQfname(piece, i));
        json_add_integer(doc, field, "dataTypeID", PQftype(piece, i));
        json_add_integer(doc, field, "tableID", PQftable(piece, i));
        json_add_integer(doc, field, "columnID", PQftablecol(piece, i));
        json_add_integer(doc, field, "dataTypeSize", PQfsize(piece, i));
        json_add_integer(doc, field, "dataTypeModifier", PQfmod(piece, i));
        json_add_string(doc, field, "format", "text");
    }
}

static void add_row(struct sql_neon_result *result, const PGresult *piece,
                    int number)
{
    struct json_document *doc = result->doc;
    bool arrays = result->style.arrays;
    struct json *row = arrays ? json_add_array(doc, result->rows, NULL)
                              : json_add_object(doc, result->rows, NULL);

    for (int i = 0; i < PQnfields(piece); i++) {
        const char *key = arrays ? NULL : PQfname(piece, i);
        const char *text = PQgetvalue(piece, number, i);

        result->bytes += (size_t)PQgetlength(piece, number, i) +
                         (key ? strlen(key) : 0) + VALUE_EXTRA_BYTES;
        if (PQgetisnull(piece, number, i))
            json_add_null(doc, row, key);
        else if (result->style.raw)
            json_add_string(doc, row, key, text);
        else
            pg_value_to_json(doc, row, key, text, PQftype(piece, i));
    }
}

/* "INSERT 0 5" is the command INSERT and 5 rows; "CREATE TABLE" is CREATE. */
static void add_command(struct sql_neon_result *result, const char *tag)
{
    const char *count = strrchr(tag, ' ');
    struct slice name = {tag, strcspn(tag, " ")};
    char command[64];
    long long rows;

    (void)snprintf(command, sizeof(command), "%.*s", (int)name.len, tag);
    json_add_string(result->doc, result->object, "command", command);
    if (count && slice_to_int(slice_of(count + 1), &rows))
        json_add_integer(result->doc, result->object, "rowCount", rows);
    else
        json_add_null(result->doc, result->object, "rowCount");
}

bool sql_neon_answer_add(struct sql_neon_result *result, PGresult *piece)
{
    if (!result->rows) {
        add_fields(result, piece);
        result->rows = json_add_array(result->doc, result->object, "rows");
        json_add_bool(result->doc, result->object, "rowAsArray",
                      result->style.arrays);
    }
    for (int i = 0; i < PQntuples(piece); i++)
        add_row(result, piece, i);
    if (PQresultStatus(piece) != PGRES_SINGLE_TUPLE) {
        char tag[64];

        (void)snprintf(tag, sizeof(tag), "%s", PQcmdStatus(piece));
        add_command(result, tag);
    }
    return result->bytes <= RESPONSE_MAX_BYTES;
}

/* ---- failures ---- */

static const struct {
    const char *name;
    int field;
} diagnostics[] = {
    {"detail", PG_DIAG_MESSAGE_DETAIL},
    {"hint", PG_DIAG_MESSAGE_HINT},
    {"position", PG_DIAG_STATEMENT_POSITION},
    {"internalPosition", PG_DIAG_INTERNAL_POSITION},
    {"internalQuery", PG_DIAG_INTERNAL_QUERY},
    {"severity", PG_DIAG_SEVERITY},
    {"where", PG_DIAG_CONTEXT},
    {"table", PG_DIAG_TABLE_NAME},
    {"column", PG_DIAG_COLUMN_NAME},
    {"schema", PG_DIAG_SCHEMA_NAME},
    {"dataType", PG_DIAG_DATATYPE_NAME},
    {"constraint", PG_DIAG_CONSTRAINT_NAME},
    {"file", PG_DIAG_SOURCE_FILE},
    {"line", PG_DIAG_SOURCE_LINE},
    {"routine", PG_DIAG_SOURCE_FUNCTION},
};

static void answer(struct exchange *exchange, int status, const char *code,
                   const char *message, const PGresult *error)
{
    struct json_document doc;
    struct json *object = json_new_object(&doc);

    json_add_string(&doc, object, "message", message);
    json_add_string(&doc, object, "code", code);
    for (size_t i = 0; i < sizeof(diagnostics) / sizeof(diagnostics[0]); i++) {
        const char *text =
            error ? PQresultErrorField(error, diagnostics[i].field) : NULL;

        if (!text && diagnostics[i].field == PG_DIAG_SEVERITY)
            text = "";
        if (text)
            json_add_string(&doc, object, diagnostics[i].name, text);
        else
            json_add_null(&doc, object, diagnostics[i].name);
    }
    exchange_reply_json(exchange, status, &doc);
}

void sql_neon_answer_failure(struct exchange *exchange, int status,
                             const char *code, const char *message)
{
    answer(exchange, status, code, message, NULL);
}

static void answer_rejected(struct exchange *exchange, const struct pg_end *end)
{
    const char *code =
        end->error ? PQresultErrorField(end->error, PG_DIAG_SQLSTATE) : NULL;
    const char *message =
        end->error ? PQresultErrorField(end->error, PG_DIAG_MESSAGE_PRIMARY)
                   : NULL;

    answer(exchange, 400, code ? code : "", message ? message : end->reason,
           end->error);
}

void sql_neon_answer_end(struct exchange *exchange, const struct pg_end *end)
{
    switch (end->outcome) {
    case PG_REJECTED:
        answer_rejected(exchange, end);
        break;
    case PG_ABANDONED:
        answer(exchange, 507, "",
               "response is too large (max is 10485760 bytes)", NULL);
        break;
    case PG_UNREACHABLE:
        answer(exchange, 500, "", "couldn't connect to compute node", NULL);
        break;
    case PG_BUSY:
        answer(exchange, 500, "", "timed out waiting for a connection", NULL);
        break;
    case PG_LOST:
        /* As Neon has it: a 400 like the database's own, but with no code. */
        answer(exchange, 400, "", "connection closed", NULL);
        break;
    case PG_DONE:
    case PG_UNKNOWN:
        answer(exchange, 500, "", "internal error", NULL);
        break;
    }
}
