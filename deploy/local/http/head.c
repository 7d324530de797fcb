/*
 * Reads the few fields that frame a message, and only checks the bytes of the
 * others.  It is strict where two readers of one request could otherwise see
 * two different ones: folded lines, blanks before the colon, lists of lengths,
 * codings other than chunked.
 */
#include "http/head.h"

#include <event2/http.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
/* RFC 9110, section 5.6.2. */
#define TOKEN LETTERS DIGITS "!#$%&'*+-.^_`|~"

/* Fits into 63 bits. */
#define LENGTH_DIGITS 18

static const char bad_line[] =
    "400 Bad Request: the request line is not understood";
static const char bad_field[] =
    "400 Bad Request: a header field is not understood";
static const char bad_host[] = "400 Bad Request: want one Host field";
static const char bad_length[] =
    "400 Bad Request: Content-Length is no number, or is not always the same";
static const char bad_framing[] =
    "400 Bad Request: Transfer-Encoding does not go with Content-Length, nor "
    "with HTTP/1.0";
static const char bad_coding[] =
    "501 Not Implemented: the only transfer coding here is chunked";
static const char bad_expectation[] =
    "417 Expectation Failed: the only expectation here is 100-continue";
static const char bad_method[] =
    "501 Not Implemented: there is no such method here";
static const char bad_version[] =
    "505 HTTP Version Not Supported: want HTTP/1.1 or HTTP/1.0";
static const char bad_body[] =
    "400 Bad Request: a request of this method has no body";

/* Those of evhttp but CONNECT, which asks a proxy. */
static bool is_method(struct slice text)
{
    static const char *const names[] = {
        "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_is(text, names[i]))
            return true;
    }
    return false;
}

static bool is_target(struct slice text)
{
    char *copy = strndup(text.at, text.len);
    struct evhttp_uri *uri = NULL;
    bool good = copy != NULL;

    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.at[i] <= ' ' || text.at[i] == '\x7f')
            good = false;
    }
    if (good)
        uri = evhttp_uri_parse_with_flags(copy, EVHTTP_URI_NONCONFORMANT);
    free(copy);
    if (uri == NULL)
        return false;
    evhttp_uri_free(uri);
    return true;
}

static const char *take_version(struct head *head, const char *text)
{
    if (strncmp(text, "HTTP/", 5) != 0 || strspn(text + 5, DIGITS ".") != 3 ||
        text[6] != '.' || strlen(text) != 8)
        return bad_line;
    head->version_1_0 = strcmp(text, "HTTP/1.0") == 0;
    return head->version_1_0 || strcmp(text, "HTTP/1.1") == 0 ? NULL
                                                              : bad_version;
}

static const char *take_request_line(struct head *head, const char *line)
{
    struct slice method = {line, strspn(line, TOKEN)};
    const char *target = line + method.len + 1;
    const char *version;

    head->line_len = strlen(line);
    if (method.len == 0 || line[method.len] != ' ')
        return bad_line;
    version = strchr(target, ' ');
    if (version == NULL || version == target ||
        !is_target((struct slice){target, (size_t)(version - target)}))
        return bad_line;
    head->is_head = slice_is(method, "HEAD");
    head->bodiless = head->is_head || slice_is(method, "TRACE");
    if (!is_method(method))
        return bad_method;
    return take_version(head, version + 1);
}

static const char *take_length(struct head *head, struct slice value)
{
    long long length;

    if (value.len == 0 || value.len > LENGTH_DIGITS ||
        strspn(value.at, DIGITS) < value.len || !slice_to_int(value, &length) ||
        (head->content_length >= 0 && head->content_length != length))
        return bad_length;
    head->content_length = length;
    return NULL;
}

static const char *take_field(struct head *head, struct slice name,
                              struct slice value)
{
    if (slice_is_ignoring_case(name, "Host")) {
        head->hosts++;
        return strcspn(value.at, " \t,/?#@\\") < value.len ? bad_host : NULL;
    }
    if (slice_is_ignoring_case(name, "Content-Length"))
        return take_length(head, value);
    if (slice_is_ignoring_case(name, "Transfer-Encoding")) {
        if (head->chunked || !slice_is_ignoring_case(value, "chunked"))
            return bad_coding;
        head->chunked = true;
    }
    if (slice_is_ignoring_case(name, "Expect") && !head->version_1_0) {
        if (!slice_is_ignoring_case(value, "100-continue"))
            return bad_expectation;
        head->expects = true;
    }
    return NULL;
}

const char *head_take(struct head *head, const char *line)
{
    struct slice name = {line, strspn(line, TOKEN)};

    if (head->line_len == 0)
        return take_request_line(head, line);
    if (name.len == 0 || line[name.len] != ':')
        return bad_field;
    for (const char *at = line; *at != '\0'; at++) {
        if (((unsigned char)*at < ' ' && *at != '\t') || *at == '\x7f')
            return bad_field;
    }
    return take_field(head, name, slice_trim(slice_of(line + name.len + 1)));
}

const char *head_check(const struct head *head)
{
    if (head->hosts > 1 || (head->hosts == 0 && !head->version_1_0))
        return bad_host;
    if (head->chunked && (head->content_length >= 0 || head->version_1_0))
        return bad_framing;
    if (head->bodiless && (head->chunked || head->content_length > 0))
        return bad_body;
    return NULL;
}
