#include "base/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The longest host name there is (RFC 1035 section 2.3.4), and its end. */
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

/* Whether TEXT is free of what may end a line or hide in one. */
static bool is_visible(const char *text)
{
    for (; *text; text++) {
        if (*text <= 0x20 || *text >= 0x7f)
            return false;
    }
    return true;
}

/* Copy the host of AUTHORITY, LEN bytes, without its port. */
static bool read_host(const char *authority, size_t len, char host[HOST_MAX])
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789.-_:[]";
    const char *bracket = memchr(authority, ']', len);
    const char *rest = bracket ? bracket : authority;
    const char *colon = memchr(rest, ':', len - (size_t)(rest - authority));
    size_t host_len = colon ? (size_t)(colon - authority) : len;

    if (strspn(authority, allowed) < len)
        return false;
    if (colon && strspn(colon + 1, "0123456789") < len - host_len - 1)
        return false;
    if (host_len == 0 || host_len >= HOST_MAX)
        return false;
    memcpy(host, authority, host_len);
    host[host_len] = '\0';
    return true;
}

bool url_check(const char *url, struct error *err)
{
    bool plain = strncasecmp(url, "http://", 7) == 0;
    const char *authority = url + (plain ? 7 : 8);
    char host[HOST_MAX];
    size_t len;

    if (!plain && strncasecmp(url, "https://", 8) != 0) {
        error_set(err, "must begin with https://");
        return false;
    }
    len = strcspn(authority, "/?#");
    if (memchr(authority, '@', len)) {
        error_set(err, "must not contain a user or password");
        return false;
    }
    if (!is_visible(url)) {
        error_set(err, "must not contain blanks or control characters");
        return false;
    }
    if (!read_host(authority, len, host)) {
        error_set(err, "has no valid host name or port");
        return false;
    }
    if (plain && !is_loopback(host)) {
        error_set(err, "must begin with https:// (http:// is accepted for "
                       "loopback hosts only)");
        return false;
    }
    return true;
}
