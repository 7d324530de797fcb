/*
 * The client holds what all calls share: the URL, the headers with the secret,
 * and memory for bodies.  What belongs to one call is the caller's.
 */
#include <string.h>

#include "wire/database_dialect.h"

/* An answer is one small object, or an error with its fields. */
#define ANSWER_MAX_BYTES (256UL * 1024)
#define REQUEST_MAX_BYTES (64UL * 1024)
#define URL_MAX_BYTES 2048
#define SECRET_MAX_BYTES 8192

/* The content type, two for the secret, two for the trace; one to spare. */
#define HEADERS_MAX 6

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
    transport_response_init(&database->response, ANSWER_MAX_BYTES);
    if (buffer_append(&database->url, options->url, url_len) &&
        database_dialect(options->api)->authorize(database, options->secret))
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
    transport_response_release(&database->response);
}

static enum database_result judge(const struct database *database,
                                  struct database_answer *answer,
                                  struct error *err)
{
    struct database_response response = {
        .api = database->api,
        .status = database->response.status,
        .sends = database->response.sends,
        .body = buffer_slice(&database->response.body),
    };

    for (size_t i = 0; i < DATABASE_HIDDEN_MAX; i++)
        response.hidden[i] = buffer_slice(&database->hidden[i]);
    return database_judge(&response, answer, err);
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

    database_answer_clear(answer);
    database->url.len = database->base_len;
    if (!database_write(database->api, call, &database->url, &database->body)) {
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
        return judge(database, answer, err);
    case TRANSPORT_NOT_SENT:
        return DATABASE_UNREACHED;
    case TRANSPORT_UNKNOWN:
        return DATABASE_UNKNOWN;
    }
    return DATABASE_UNKNOWN;
}
