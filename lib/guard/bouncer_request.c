/*
 * bouncer_request: checks a request before the lock is asked for: its route,
 * its Idempotency-Key and its body.  Clients, proxies and gateways write the
 * same request in several ways; what means the same is served the same, and
 * what could mean two things is refused.
 */
#include <string.h>

#include "base/random.h"
#include "guard/bouncer_guard.h"

/* Random bytes in a generated Idempotency-Key. */
#define KEY_RANDOM_BYTES 16

/* ---- the route ---- */

static bool serves(const struct bouncer_route *route, struct slice method)
{
    if (slice_is(method, "HEAD"))
        return strcmp(route->method, "GET") == 0;
    return slice_is(method, route->method);
}

static void answer_no_route(const struct bouncer_route *other,
                            struct message_response *res)
{
    if (!other) {
        message_problem(res, 404, "not-found", "There is nothing at this path",
                        NULL);
        return;
    }
    message_problem(res, 405, "method-not-allowed",
                    "This path does not serve that method", NULL);
    message_set_header(res, "allow", "%s%s", other->method,
                       strcmp(other->method, "GET") == 0 ? ", HEAD" : "");
}

/* PATH without the front's base path, if it begins with that. */
static struct slice without_prefix(const struct bouncer *bouncer,
                                   struct slice path)
{
    const struct slice prefix = slice_of(bouncer->options.path_prefix);

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

/* The route for METHOD and PATH; if there is none, NULL with RES answered. */
static const struct bouncer_route *find_route(const struct bouncer *bouncer,
                                              struct slice method,
                                              struct slice path,
                                              struct message_response *res)
{
    const struct slice bare = without_last_slash(path);
    const struct slice below = without_prefix(bouncer, bare);
    const struct bouncer_route *other = NULL;

    for (size_t i = 0; i < bouncer->options.route_count; i++) {
        const struct bouncer_route *route = &bouncer->options.routes[i];

        if (!slice_is(bare, route->path) && !slice_is(below, route->path))
            continue;
        if (serves(route, method))
            return route;
        other = route;
    }
    answer_no_route(other, res);
    return NULL;
}

/* ---- the request ---- */

static bool is_key(struct slice key)
{
    bool fine = key.len >= 1 && key.len <= BOUNCER_KEY_MAX;

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

/* Take the Idempotency-Key, or make one that the client can use for a retry. */
static bool read_key(struct bouncer_request *request,
                     struct message_response *res)
{
    struct slice key;

    if (!one_key(request->message, &key)) {
        message_problem(res, 400, "invalid-key",
                        "The Idempotency-Key is not valid",
                        "It must be one key of 1 to 128 visible ASCII "
                        "characters without a comma.");
        return false;
    }
    if (!key.at && random_hex(request->idempotency_key, KEY_RANDOM_BYTES))
        return true;
    if (!key.at) {
        message_problem(res, 500, "internal",
                        "The request could not be completed", NULL);
        return false;
    }
    memcpy(request->idempotency_key, key.at, key.len);
    request->idempotency_key[key.len] = '\0';
    return true;
}

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

static bool read_body(struct bouncer_request *request,
                      struct message_response *res)
{
    const struct message_request *message = request->message;

    if (message->body_is_no_text) {
        message_problem(res, 400, "malformed-body", "The body is not text",
                        "The event's body must be a string that holds JSON.");
        return false;
    }
    if (is_encoded(message)) {
        message_problem(res, 415, "unsupported-media-type",
                        "The body must not be compressed",
                        "Send it without a Content-Encoding.");
        message_set_header(res, "accept-encoding", "identity");
        return false;
    }
    if (!message_is_json(message)) {
        message_problem(res, 415, "unsupported-media-type",
                        "The body must be JSON",
                        "Send it with Content-Type: application/json.");
        return false;
    }
    if (message->body.len > FIELDS_BODY_MAX_BYTES) {
        message_problem(res, 413, "body-too-large", "The body is too large",
                        "It may have 65536 bytes at most.");
        return false;
    }
    return fields_read(
        &request->fields, request->route->fields, request->route->field_count,
        &(struct fields_source){.body = message->body, .has_body = true}, res);
}

bool bouncer_read_request(struct bouncer *bouncer, struct message_response *res)
{
    struct bouncer_request *request = &bouncer->request;

    request->outcome = "rejected";
    if (request->message->too_many_headers) {
        message_problem(res, 431, "too-many-headers",
                        "The request has too many header fields", NULL);
        return false;
    }
    if (request->message->path.len + request->message->query.len >
        MESSAGE_TARGET_MAX_BYTES) {
        message_problem(res, 414, "uri-too-long",
                        "The path and the query are too long",
                        "They may have 8000 bytes at most.");
        return false;
    }
    request->route = find_route(bouncer, request->message->method,
                                request->message->path, res);
    if (!request->route)
        return false;
    if (request->route->field_count && !read_body(request, res))
        return false;
    return !request->route->keyed || read_key(request, res);
}
