/*
 * Clients, proxies and gateways write the same request in several ways.  What
 * means the same is served the same; what could mean two things is rejected.
 */
#include "guard/admit.h"

#include <string.h>
#include <strings.h>

#include "base/random.h"
#include "guard/answer.h"
#include "guard/health.h"

/* Random bytes in a generated Idempotency-Key. */
#define KEY_RANDOM_BYTES 16

/* Bytes of the Allow header field, with room for every method. */
#define ALLOW_MAX 48

/* ---- the route ---- */

/* PATH without the front's base path, if it begins with that. */
static struct slice without_prefix(const char *path_prefix, struct slice path)
{
    const struct slice prefix = slice_of(path_prefix);

    if (!prefix.len || prefix.len >= path.len || path.at[prefix.len] != '/' ||
        memcmp(path.at, prefix.at, prefix.len) != 0)
        return path;
    return (struct slice){path.at + prefix.len, path.len - prefix.len};
}

/* People and proxies append a slash; the path means the same without it. */
static struct slice without_last_slash(struct slice path)
{
    if (path.len > 1 && path.at[path.len - 1] == '/')
        path.len--;
    return path;
}

/* Set the route that serves PATH, or ALLOW if it serves other methods. */
static bool find_route(struct request *request, struct slice path,
                       char allow[ALLOW_MAX])
{
    const struct slice method = request->message->method;

    request->route = health_route(method, path, allow, ALLOW_MAX);
    if (request->route)
        return true;
    request->operation = operations_find(request->instance->options.operations,
                                         method, path, allow, ALLOW_MAX);
    if (request->operation)
        request->route = request->operation->path;
    return request->operation;
}

/*
 * PATH is where the input stands: as the request has it, or below the front's
 * base path.
 */
static bool read_route(struct request *request, struct slice *path)
{
    char allow[ALLOW_MAX] = "";

    *path = without_last_slash(request->message->path);
    if (find_route(request, *path, allow))
        return true;
    if (!allow[0]) {
        *path = without_prefix(request->instance->options.path_prefix, *path);
        if (find_route(request, *path, allow))
            return true;
    }
    if (!allow[0]) {
        answer(request, ANSWER_NOT_FOUND);
        return false;
    }
    answer(request, ANSWER_METHOD_NOT_ALLOWED);
    message_set_header(request->response, "allow", "%s", allow);
    return false;
}

/* ---- the caller ---- */

/*
 * The token that MESSAGE bears (RFC 6750 section 2.1): {NULL, 0} if none; ""
 * if Authorization is there twice, since nobody can say which is meant.
 */
static struct slice bearer_token(const struct message_request *message)
{
    static const char scheme[] = "Bearer "; /* the case does not count */
    const size_t scheme_len = sizeof(scheme) - 1;
    struct slice found = {0};

    for (size_t i = 0; i < message->header_count; i++) {
        const struct message_header *header = &message->headers[i];

        if (!slice_is_ignoring_case(header->name, "authorization"))
            continue;
        if (found.at)
            return SLICE_EMPTY;
        found = header->value;
    }
    found = slice_trim(found);
    if (found.len < scheme_len ||
        strncasecmp(found.at, scheme, scheme_len) != 0)
        return (struct slice){0};
    return slice_trim(
        (struct slice){found.at + scheme_len, found.len - scheme_len});
}

/* Each secret is compared, so that the time does not tell which one it is. */
static bool is_secret(const struct instance_options *options,
                      struct slice token)
{
    bool found = false;

    for (size_t i = 0; token.len && i < INSTANCE_SECRETS; i++)
        found = slice_equal_in_constant_time(token,
                                             slice_of(options->secrets[i])) ||
                found;
    return found;
}

static bool check_caller(struct request *request)
{
    struct slice token;

    if (!request->operation->wants_secret)
        return true;
    token = bearer_token(request->message);
    if (is_secret(&request->instance->options, token))
        return true;
    answer(request, ANSWER_UNAUTHORIZED);
    message_set_header(request->response, "www-authenticate",
                       "Bearer realm=\"bouncer\"%s",
                       token.at ? ", error=\"invalid_token\"" : "");
    return false;
}

/* ---- the Idempotency-Key ---- */

static bool is_key(struct slice key)
{
    bool fine = key.len >= 1 && key.len <= REQUEST_KEY_MAX;

    for (size_t i = 0; fine && i < key.len; i++)
        fine = key.at[i] > 0x20 && key.at[i] < 0x7f;
    return fine;
}

/*
 * The client's key; {NULL, 0} if it sent none.  False if it is not valid.  The
 * same key twice counts as one; of two different keys nobody can say which is
 * meant.
 */
static bool one_key(const struct message_request *message, struct slice *key)
{
    struct message_values keys = {.request = message,
                                  .name = "idempotency-key"};
    struct slice again;

    *key = (struct slice){0};
    if (!message_next_value(&keys, key))
        return true;
    while (message_next_value(&keys, &again)) {
        if (!slice_equal(*key, again))
            return false;
    }
    return is_key(*key);
}

/* Take the client's key, or make one that it can use for a retry. */
static bool read_key(struct request *request)
{
    struct slice key;

    if (!one_key(request->message, &key)) {
        answer(request, ANSWER_INVALID_KEY);
        return false;
    }
    if (!key.at && random_hex(request->idempotency_key, KEY_RANDOM_BYTES))
        return true;
    if (!key.at) {
        answer(request, ANSWER_INTERNAL);
        return false;
    }
    request->key_is_the_clients = true;
    memcpy(request->idempotency_key, key.at, key.len);
    request->idempotency_key[key.len] = '\0';
    return true;
}

/* ---- the input ---- */

/* RFC 9110 section 8.4: whether the body is compressed or encoded otherwise. */
static bool is_encoded(const struct message_request *message)
{
    struct message_values codings = {.request = message,
                                     .name = "content-encoding"};
    struct slice coding;

    while (message_next_value(&codings, &coding)) {
        if (coding.len && !slice_is_ignoring_case(coding, "identity"))
            return true;
    }
    return false;
}

static bool check_body(struct request *request)
{
    const struct message_request *message = request->message;

    if (message->body_is_no_text) {
        answer(request, ANSWER_BODY_NO_TEXT);
    } else if (is_encoded(message)) {
        answer(request, ANSWER_BODY_ENCODED);
        message_set_header(request->response, "accept-encoding", "identity");
    } else if (!message_is_json(message)) {
        answer(request, ANSWER_BODY_NOT_JSON);
    } else if (message->body.len > FIELDS_BODY_MAX_BYTES) {
        answer(request, ANSWER_BODY_TOO_LARGE);
    } else {
        return true;
    }
    return false;
}

static bool read_input(struct request *request, struct slice path)
{
    const struct operation *operation = request->operation;
    const struct fields_source source = {
        .list = operation->fields,
        .count = operation->field_count,
        .path = path,
        .path_pattern = operation->path,
        .query = request->message->query,
        .body = request->message->body,
        .has_body = operation->has_body,
    };
    struct json_document mistakes;
    struct error why;

    if (!operation->field_count)
        return true;
    if (operation->has_body && !check_body(request))
        return false;
    switch (fields_read(&request->fields, &source, &mistakes, &why)) {
    case FIELDS_READ:
        return true;
    case FIELDS_NOT_JSON:
        answer_with(request, ANSWER_BODY_MALFORMED, why.text, NULL);
        break;
    case FIELDS_NO_OBJECT:
        answer(request, ANSWER_BODY_NO_OBJECT);
        break;
    case FIELDS_INVALID:
        answer_with(request, ANSWER_INVALID_INPUT, NULL,
                    json_get(mistakes.root, "errors"));
        json_release(&mistakes);
        break;
    case FIELDS_NO_MEMORY:
    case FIELDS_UNKNOWN:
        answer(request, ANSWER_INTERNAL);
        break;
    }
    return false;
}

bool admit_request(struct request *request)
{
    const struct message_request *message = request->message;
    struct slice path;

    if (message->too_many_headers) {
        answer(request, ANSWER_TOO_MANY_HEADERS);
        return false;
    }
    if (message->path.len + message->query.len > MESSAGE_TARGET_MAX_BYTES) {
        answer(request, ANSWER_URI_TOO_LONG);
        return false;
    }
    if (!read_route(request, &path))
        return false;
    if (!request->operation)
        return true;
    return check_caller(request) && read_input(request, path) &&
           (!request->operation->idempotent || read_key(request));
}
