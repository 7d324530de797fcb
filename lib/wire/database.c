/*
 * This file sends the call and judges the answer; database_dialect.h is the
 * seam to what the two APIs write and read differently.  A failure starts as
 * unknown and becomes "not done" only by a listed proof.
 */
#include "wire/database.h"

#include <string.h>

#include "base/blank.h"
#include "wire/database_dialect.h"

/* An answer is one small object, or an error with its fields. */
#define ANSWER_MAX_BYTES (256UL * 1024)
#define REQUEST_MAX_BYTES (64UL * 1024)
#define URL_MAX_BYTES 2048
#define SECRET_MAX_BYTES 8192

/* "PGRST301"; a longer text is no code. */
#define CODE_MAX_BYTES 16

/* The content type, two for the secret, two for the trace; one to spare. */
#define HEADERS_MAX 6

static const struct json_limits answer_limits = {
    .max_bytes = ANSWER_MAX_BYTES,
    .max_depth = 16,
    .max_values = 4096,
};

static const struct database_dialect *dialect_of(enum database_api api)
{
    return api == DATABASE_NEON ? &database_neon : &database_postgrest;
}

bool database_init(struct database *database,
                   const struct database_options *options, struct error *err)
{
    size_t url_len = strlen(options->url);

    while (url_len && options->url[url_len - 1] == '/')
        url_len--;
    *database = (struct database){
        .api = options->api,
        .transport = options->transport,
        .base_len = url_len,
    };
    buffer_init(&database->url, URL_MAX_BYTES);
    buffer_init(&database->authorization[0], SECRET_MAX_BYTES);
    buffer_init(&database->authorization[1], SECRET_MAX_BYTES);
    for (size_t i = 0; i < DATABASE_HIDDEN_MAX; i++)
        buffer_init(&database->hidden[i], SECRET_MAX_BYTES);
    buffer_init(&database->body, REQUEST_MAX_BYTES);
    buffer_init(&database->query, REQUEST_MAX_BYTES);
    transport_response_init(&database->response, ANSWER_MAX_BYTES);
    if (buffer_append(&database->url, options->url, url_len) &&
        dialect_of(options->api)->authorize(database, options->secret))
        return true;
    error_set(err, "database URL or secret too long");
    database_release(database);
    return false;
}

void database_release(struct database *database)
{
    buffer_release(&database->url);
    buffer_release(&database->authorization[0]);
    buffer_release(&database->authorization[1]);
    for (size_t i = 0; i < DATABASE_HIDDEN_MAX; i++)
        buffer_release(&database->hidden[i]);
    buffer_release(&database->body);
    buffer_release(&database->query);
    transport_response_release(&database->response);
    json_release(&database->document);
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
static void explain(const struct database *database,
                    const struct database_failure *failure, struct slice words,
                    struct error *err)
{
    struct slice hidden[DATABASE_HIDDEN_MAX];
    char text[BLANK_TEXT_MAX];

    for (size_t i = 0; i < DATABASE_HIDDEN_MAX; i++)
        hidden[i] = buffer_slice(&database->hidden[i]);
    blank_secrets(text, words, hidden, DATABASE_HIDDEN_MAX);
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
static enum database_result judge_failure(const struct database *database,
                                          struct error *err)
{
    const struct json *root = database->document.root;
    struct database_failure failure = {
        .status = database->response.status,
        .code = json_string(json_get(root, "code")),
        .message = json_string(json_get(root, "message")),
    };
    const bool from_database = is_sqlstate(failure.code);
    struct slice words =
        root ? failure.message : buffer_slice(&database->response.body);
    enum database_result result = DATABASE_UNKNOWN;

    if (failure.code.len > CODE_MAX_BYTES)
        failure.code = (struct slice){0};
    if (from_database)
        result = judge_sqlstate(failure.code);
    if (result == DATABASE_UNKNOWN)
        result = dialect_of(database->api)->judge(&failure);
    if (result == DATABASE_UNKNOWN && !from_database)
        result = judge_status(failure.status);
    explain(database, &failure, from_database ? (struct slice){0} : words, err);
    return result;
}

/* ---- a call ---- */

static enum database_result read_row(struct database *database,
                                     struct database_answer *answer,
                                     struct error *err)
{
    bool parsed;
    struct error why;

    json_release(&database->document);
    parsed =
        json_parse(&database->document, buffer_slice(&database->response.body),
                   &answer_limits, &why);
    if (database->response.status != 200)
        return judge_failure(database, err);
    if (parsed)
        answer->row = dialect_of(database->api)->row(database->document.root);
    if (answer->row)
        return DATABASE_ANSWERED;
    error_set(err, "status 200 with an unexpected body");
    return DATABASE_UNKNOWN;
}

/*
 * What the answer means.  If the request went out twice, a failure is about the
 * second time only: the first may have been carried out.
 */
static enum database_result read_answer(struct database *database,
                                        struct database_answer *answer,
                                        struct error *err)
{
    enum database_result result = read_row(database, answer, err);

    if (result == DATABASE_ANSWERED || database->response.sends <= 1)
        return result;
    error_prefix(err, "sent twice");
    return DATABASE_UNKNOWN;
}

static void add_header(struct transport_request *request, const char **headers,
                       const char *line)
{
    if (line)
        headers[request->header_count++] = line;
}

enum database_result database_call(struct database *database,
                                   const struct database_call *call,
                                   struct database_answer *answer,
                                   struct error *err)
{
    const char *headers[HEADERS_MAX];
    struct transport_request request = {
        .method = "POST",
        .headers = headers,
        .timeout_ms = call->timeout_ms,
    };

    *answer = (struct database_answer){0};
    database->url.len = database->base_len;
    buffer_clear(&database->body);
    if (!dialect_of(database->api)->write(database, call)) {
        error_set(err, "the call does not fit into a request");
        return DATABASE_UNREACHED;
    }
    add_header(&request, headers, "Content-Type: application/json");
    add_header(&request, headers, database->authorization[0].data);
    add_header(&request, headers, database->authorization[1].data);
    add_header(&request, headers, call->traceparent);
    add_header(&request, headers, call->tracestate);
    request.url = database->url.data;
    request.body = buffer_slice(&database->body);
    switch (transport_exchange(database->transport, &request,
                               &database->response, err)) {
    case TRANSPORT_ANSWERED:
        return read_answer(database, answer, err);
    case TRANSPORT_NOT_SENT:
        return DATABASE_UNREACHED;
    case TRANSPORT_UNKNOWN:
        return DATABASE_UNKNOWN;
    }
    return DATABASE_UNKNOWN;
}
