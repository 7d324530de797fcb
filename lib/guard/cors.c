/*
 * The request is answered first, the same for everybody; the CORS fields are
 * added after that.  So a preflight needs no table of its own: the 405 that it
 * gets names the methods of the path.
 */
#include "guard/cors.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/url.h"

/* Request fields that a page may send besides those it always may. */
#define REQUEST_FIELDS                                                         \
    "authorization, content-type, idempotency-key, traceparent, tracestate"

/* Answer fields that a page may read besides those it always may. */
#define EXPOSED_FIELDS                                                         \
    "idempotency-key, idempotent-replayed, retry-after, server-timing, "       \
    "x-request-id"

/* How long a preflight's answer counts; Chromium caps it at this. */
#define MAX_AGE_S 7200

#define BETWEEN ", \t"

/* The next origin of *LIST, which moves on; {NULL, 0} at the end. */
static struct slice next_origin(const char **list)
{
    struct slice origin;

    *list += strspn(*list, BETWEEN);
    if (!**list)
        return (struct slice){0};
    origin = (struct slice){*list, strcspn(*list, BETWEEN)};
    *list += origin.len;
    return origin;
}

static bool is_origin(struct slice origin)
{
    static const char scheme_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "abcdefghijklmnopqrstuvwxyz"
                                         "0123456789+-.";
    const char *mark = memmem(origin.at, origin.len, "://", 3);
    struct slice authority;

    if (!mark || mark == origin.at || origin.len >= MESSAGE_HEADER_VALUE_MAX ||
        strspn(origin.at, scheme_letters) != (size_t)(mark - origin.at))
        return false;
    authority.at = mark + 3;
    authority.len = origin.len - (size_t)(authority.at - origin.at);
    return url_is_authority(authority);
}

bool cors_check(const char *origins, struct error *err)
{
    struct slice origin;
    bool fine;

    if (strcmp(origins, "*") == 0)
        return true;
    origin = next_origin(&origins);
    fine = origin.at != NULL;
    for (; fine && origin.at; origin = next_origin(&origins))
        fine = is_origin(origin);
    if (!fine)
        error_set(err, "must be * alone, or origins with commas between them: "
                       "https://host or https://host:port each, without a "
                       "path or a slash at the end");
    return fine;
}

static bool is_in(const char *origins, struct slice origin)
{
    struct slice allowed;

    while ((allowed = next_origin(&origins)).at) {
        if (allowed.len == origin.len &&
            strncasecmp(allowed.at, origin.at, origin.len) == 0)
            return true;
    }
    return false;
}

/* Turn a preflight's 405 into a permission; false for any other answer. */
static bool answer_preflight(const struct message_request *request,
                             struct message_response *res)
{
    const char *allow = message_response_header(res, "allow");
    char methods[MESSAGE_HEADER_VALUE_MAX];

    if (res->status != 405 || !allow || !slice_is(request->method, "OPTIONS") ||
        !message_header(request, "access-control-request-method").at)
        return false;
    (void)snprintf(methods, sizeof(methods), "%s", allow);
    message_response_clear(res);
    res->status = 204;
    message_set_header(res, "access-control-allow-methods", "%s", methods);
    message_set_header(res, "access-control-allow-headers", REQUEST_FIELDS);
    message_set_header(res, "access-control-max-age", "%d", MAX_AGE_S);
    return true;
}

bool cors_answer(const char *origins, const struct message_request *request,
                 struct message_response *res)
{
    const struct slice origin = message_header(request, "origin");
    const bool all = origins && strcmp(origins, "*") == 0;
    bool preflight = false;

    if (!origins)
        return false;
    /* `*` goes to everybody: a cache may keep the answer for a page. */
    if (all || (origin.at && is_in(origins, origin))) {
        preflight = origin.at && answer_preflight(request, res);
        message_set_header(res, "access-control-allow-origin", "%.*s",
                           all ? 1 : (int)origin.len, all ? "*" : origin.at);
        message_set_header(res, "access-control-expose-headers",
                           EXPOSED_FIELDS);
    }
    /* Otherwise a cache would serve one origin's answer to another. */
    if (!all)
        message_set_header(res, "vary", "Origin");
    return preflight;
}
