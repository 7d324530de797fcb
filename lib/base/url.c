/*
 * A host passes by its characters alone: nothing is resolved, so a public name
 * that points to 127.0.0.1 is no loopback host.
 */
#include "base/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The longest host name (RFC 1035 section 2.3.4) and its NUL. */
#define HOST_MAX 256

static bool is_loopback(const char *host)
{
    static const char suffix[] = ".localhost";
    const size_t suffix_len = sizeof(suffix) - 1;
    size_t len = strlen(host);
    struct in_addr address;

    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    if (len > suffix_len && strcasecmp(host + len - suffix_len, suffix) == 0)
        return true;
    return inet_pton(AF_INET, host, &address) == 1 &&
           ntohl(address.s_addr) >> 24 == 127;
}

/* Whether TEXT is printable ASCII without blanks. */
static bool is_visible(const char *text)
{
    for (; *text; text++) {
        if (*text <= 0x20 || *text >= 0x7f)
            return false;
    }
    return true;
}

/* Whether the LEN bytes at TEXT are a port, which may be empty. */
static bool is_port(const char *text, size_t len)
{
    long long port;

    return len == 0 ||
           (text[0] != '-' && slice_to_int((struct slice){text, len}, &port) &&
            port <= 65535);
}

/* Copy the host of AUTHORITY without its port. */
static bool read_host(struct slice authority, char host[HOST_MAX])
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789.-_:[]";
    const char *end = authority.at + authority.len;
    const char *bracket = memchr(authority.at, ']', authority.len);
    const char *rest = bracket ? bracket : authority.at;
    const char *colon = memchr(rest, ':', (size_t)(end - rest));
    size_t len = colon ? (size_t)(colon - authority.at) : authority.len;

    if (colon && !is_port(colon + 1, (size_t)(end - colon - 1)))
        return false;
    if (len == 0 || len >= HOST_MAX)
        return false;
    memcpy(host, authority.at, len);
    host[len] = '\0';
    return strspn(host, allowed) == len && host[0] != '.' &&
           !strstr(host, "..");
}

bool url_is_authority(struct slice authority)
{
    char host[HOST_MAX];

    return read_host(authority, host);
}

bool url_check(const char *url, struct error *err)
{
    bool plain = strncasecmp(url, "http://", 7) == 0;
    struct slice authority = {0};
    char host[HOST_MAX];

    if (!plain && strncasecmp(url, "https://", 8) != 0) {
        error_set(err, "must begin with https://");
        return false;
    }
    authority.at = url + (plain ? 7 : 8);
    authority.len = strcspn(authority.at, "/?#");
    if (memchr(authority.at, '@', authority.len)) {
        error_set(err, "must not contain a user or password");
        return false;
    }
    if (!is_visible(url)) {
        error_set(err, "must not contain blanks or control characters");
        return false;
    }
    if (!read_host(authority, host)) {
        error_set(err, "has no valid host name or port");
        return false;
    }
    if (strpbrk(url, "?#")) {
        error_set(err, "must end before the ? or # in it: a query or a "
                       "fragment does not belong there");
        return false;
    }
    if (plain && !is_loopback(host)) {
        error_set(err, "must begin with https:// (http:// is accepted for "
                       "loopback hosts only)");
        return false;
    }
    return true;
}

/* The value of a hexadecimal digit. */
static int digit_value(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

bool url_decode(struct slice text, bool plus_is_space, struct buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.at[i];

        if (byte == '+' && plus_is_space) {
            byte = ' ';
        } else if (byte == '%') {
            if (text.len - i < 3 || !isxdigit((unsigned char)text.at[i + 1]) ||
                !isxdigit((unsigned char)text.at[i + 2]))
                return false;
            byte = (char)(digit_value(text.at[i + 1]) * 16 +
                          digit_value(text.at[i + 2]));
            i += 2;
        }
        if (!buffer_append(out, &byte, 1))
            return false;
    }
    return true;
}

size_t url_plain_path(const char *url)
{
    static const char plain[] = "/-_0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *host = strstr(url, "://");
    const char *path = host ? host + 3 + strcspn(host + 3, "/?#") : "";

    return *path == '/' && !path[strspn(path, plain)] ? (size_t)(path - url)
                                                      : 0;
}

bool url_is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

bool url_next_segment(struct slice *left, struct slice *segment)
{
    const char *slash;

    if (!left->len || left->at[0] != '/')
        return false;
    slash = memchr(left->at + 1, '/', left->len - 1);
    segment->at = left->at + 1;
    segment->len = slash ? (size_t)(slash - left->at) - 1 : left->len - 1;
    left->at += segment->len + 1;
    left->len -= segment->len + 1;
    return true;
}
