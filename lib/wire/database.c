#include "wire/database.h"

#include <string.h>

#include "wire/database_dialect.h"

/* An answer is one small object, or an error with its fields. */
#define ANSWER_MAX_BYTES (256UL * 1024)
#define REQUEST_MAX_BYTES (64UL * 1024)
#define URL_MAX_BYTES 2048
#define SECRET_MAX_BYTES 8192

/* The fixed headers, the two for the secret and the two of the trace. */
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

/*
 * SQLSTATEs and PostgREST's own codes, by prefix; the first match counts.
 * PostgreSQL documentation, appendix A; PostgREST documentation, "Errors".
 */
static const struct {
    const char *prefix;
    enum database_result result;
} codes[] = {
    /* The API lost the database while the call was under way. */
    {"08006", DATABASE_UNKNOWN},
    {"08007", DATABASE_UNKNOWN},
    {"57P01", DATABASE_UNKNOWN},
    {"57P02", DATABASE_UNKNOWN},
    {"40003", DATABASE_UNKNOWN},
    {"PGRST001", DATABASE_UNKNOWN},
    /* Nothing was done, and the reason passes. */
    {"08", DATABASE_UNAVAILABLE},
    {"40", DATABASE_UNAVAILABLE},
    {"53", DATABASE_UNAVAILABLE},
    {"55P03", DATABASE_UNAVAILABLE},
    {"57", DATABASE_UNAVAILABLE},
    {"PGRST000", DATABASE_UNAVAILABLE},
    {"PGRST002", DATABASE_UNAVAILABLE},
    {"PGRST003", DATABASE_UNAVAILABLE},
};

static enum database_result judge_code(struct slice code)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        size_t len = strlen(codes[i].prefix);

        if (code.len >= len && memcmp(code.at, codes[i].prefix, len) == 0)
            return codes[i].result;
    }
    return DATABASE_SQL_ERROR;
}

/*
 * An answer that is no success.  One with a readable error code comes from the
 * database, or from an API that knows what became of the call; anything else
 * may come from a proxy in between that does not.
 */
static enum database_result judge_failure(const struct database *database,
                                          struct error *err)
{
    int status = database->response.status;
    struct slice code = json_string(json_get(database->document.root, "code"));

    if (code.len > 0 && code.len <= 16) {
        error_set(err, "status %d, code %.*s", status, (int)code.len, code.at);
        return judge_code(code);
    }
    error_set(err, "status %d", status);
    /* Neon's words for a connection that broke while the query ran. */
    if (code.at && code.len == 0)
        return DATABASE_UNKNOWN;
    if (status == 429 || status == 503)
        return DATABASE_UNAVAILABLE;
    return status >= 400 && status < 500 ? DATABASE_SQL_ERROR
                                         : DATABASE_UNKNOWN;
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
 * What the answer means.  Where the request went out twice, a failure speaks
 * of the second time alone: the first may have been carried out.
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
