/*
 * This file judges answers; database_dialect.h is the seam to what the two APIs
 * write and read differently.  A failure starts as unknown and becomes "not
 * done" only by a listed proof.
 */
#include "wire/database.h"

#include <string.h>

#include "base/blank.h"
#include "wire/database_dialect.h"

/* "PGRST301"; a longer text is no code. */
#define CODE_MAX_BYTES 16

static const struct json_limits response_limits = {
    .max_bytes = 256UL * 1024,
    .max_depth = 16,
    .max_values = 4096,
};

const struct database_dialect *database_dialect(enum database_api api)
{
    return api == DATABASE_NEON ? &database_neon : &database_postgrest;
}

bool database_write(enum database_api api, const struct database_call *call,
                    struct buffer *url, struct buffer *body)
{
    buffer_clear(body);
    return database_dialect(api)->write(call, url, body);
}

void database_answer_clear(struct database_answer *answer)
{
    json_clear(&answer->document);
    answer->row = NULL;
}

void database_answer_release(struct database_answer *answer)
{
    json_release(&answer->document);
    answer->row = NULL;
}

const char *database_result_name(enum database_result result)
{
    switch (result) {
    case DATABASE_UNKNOWN:
        return "unknown";
    case DATABASE_ANSWERED:
        return "answered";
    case DATABASE_UNAVAILABLE:
        return "unavailable";
    case DATABASE_SQL_ERROR:
        return "sql error";
    case DATABASE_NO_FUNCTION:
        return "no function";
    case DATABASE_NO_RIGHTS:
        return "no rights";
    case DATABASE_UNREACHED:
        return "unreached";
    }
    return "?";
}

/* ---- failures ---- */

/* What a SQLSTATE proves, by its beginning: see database.h. */
static const struct {
    const char *prefix;
    enum database_result result;
} proofs[] = {
    /* Nothing was done, and the cause is temporary. */
    {"08001", DATABASE_UNAVAILABLE},
    {"08004", DATABASE_UNAVAILABLE},
    {"25006", DATABASE_UNAVAILABLE},
    {"40001", DATABASE_UNAVAILABLE},
    {"40P01", DATABASE_UNAVAILABLE},
    {"53", DATABASE_UNAVAILABLE},
    {"55P03", DATABASE_UNAVAILABLE},
    {"57014", DATABASE_UNAVAILABLE},
    {"57P03", DATABASE_UNAVAILABLE},
    /* Nothing was done, and asking again does not help. */
    {"22", DATABASE_SQL_ERROR},
    {"23", DATABASE_SQL_ERROR},
    {"28", DATABASE_SQL_ERROR},
    {"3D", DATABASE_SQL_ERROR},
    {"42501", DATABASE_NO_RIGHTS},
    {"42883", DATABASE_NO_FUNCTION},
    {"42", DATABASE_SQL_ERROR},
    {"54", DATABASE_SQL_ERROR},
    {"P0001", DATABASE_SQL_ERROR},
};

static bool is_sqlstate(struct slice code)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return code.len == 5 && strspn(code.at, alphabet) == 5;
}

static enum database_result judge_sqlstate(struct slice code)
{
    for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
        if (strncmp(code.at, proofs[i].prefix, strlen(proofs[i].prefix)) == 0)
            return proofs[i].result;
    }
    return DATABASE_UNKNOWN;
}

static enum database_result judge_status(int status)
{
    switch (status) {
    case 401:
    case 403:
        return DATABASE_SQL_ERROR;
    case 429:
        return DATABASE_UNAVAILABLE;
    default:
        return DATABASE_UNKNOWN;
    }
}

/* Put FAILURE into ERR, with a gateway's WORDS if there are any. */
static void explain(const struct database_response *response,
                    const struct database_failure *failure, struct slice words,
                    struct error *err)
{
    char text[BLANK_TEXT_MAX];

    blank_secrets(text, words, response->hidden, DATABASE_HIDDEN_MAX);
    error_set(err, "status %d%s%.*s%s%s", failure->status,
              failure->code.len ? ", code " : "", (int)failure->code.len,
              failure->code.len ? failure->code.at : "", text[0] ? ": " : "",
              text);
}

/*
 * Judge an answer other than 200.  A SQLSTATE comes first; if it proves
 * nothing, the API's own words may.  The bare status counts only without a
 * SQLSTATE.
 */
static enum database_result
judge_failure(const struct database_response *response, const struct json *root,
              struct error *err)
{
    struct database_failure failure = {
        .status = response->status,
        .code = json_string(json_get(root, "code")),
        .message = json_string(json_get(root, "message")),
    };
    const bool from_database = is_sqlstate(failure.code);
    struct slice words = root ? failure.message : response->body;
    enum database_result result = DATABASE_UNKNOWN;

    if (failure.code.len > CODE_MAX_BYTES)
        failure.code = (struct slice){0};
    if (from_database)
        result = judge_sqlstate(failure.code);
    if (result == DATABASE_UNKNOWN)
        result = database_dialect(response->api)->judge(&failure);
    if (result == DATABASE_UNKNOWN && !from_database)
        result = judge_status(failure.status);
    explain(response, &failure, from_database ? (struct slice){0} : words, err);
    return result;
}

/*
 * If the request went out twice, a failure is about the second time only: the
 * first may have been carried out.
 */
enum database_result database_judge(const struct database_response *response,
                                    struct database_answer *answer,
                                    struct error *err)
{
    enum database_result result = DATABASE_UNKNOWN;
    const struct json *root = NULL;

    database_answer_clear(answer);
    if (json_parse_again(&answer->document, response->body, &response_limits,
                         NULL))
        root = answer->document.root;
    if (response->status == 200)
        answer->row = database_dialect(response->api)->row(root);
    if (answer->row)
        return DATABASE_ANSWERED;
    if (response->status == 200)
        error_set(err, "status 200 with an unexpected body");
    else
        result = judge_failure(response, root, err);
    if (response->sends <= 1)
        return result;
    error_prefix(err, "sent twice");
    return DATABASE_UNKNOWN;
}
