/*
 * http: the real transport, on libcurl.
 *
 *     struct http_session *session = http_session_new(&options, &err);
 *     struct transport *kv = http_session_channel(session, false, &err);
 *     ... transport_exchange(kv, ...) ...
 *     http_session_free(session);         frees its channels too
 *
 * It speaks HTTP/1.1 and keeps connections open between exchanges.  It never
 * reuses one that has unread bytes, since they cannot answer a request that was
 * not sent yet (kept.h).  The same check finds a connection that the server has
 * closed, so that no request is sent into one and then again.  It always
 * verifies certificates and host names, follows no redirect, uses no proxy (the
 * environment's http_proxy included), keeps no cookies, and sends only to the
 * URL's own host.  Plain http fails unless the channel's owner allows it (for
 * loopback hosts, and for the Lambda Runtime API).
 */
#ifndef BOUNCER_HTTP_H
#define BOUNCER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "wire/transport.h"

struct http_session;

struct http_session_options {
    /*
     * The CA certificates to trust: a PEM file, of which OpenSSL parses every
     * certificate, and a directory in the form of `openssl rehash`, of which it
     * reads only the one it needs.  If both are NULL, every https server fails
     * verification.
     */
    const char *ca_file;
    const char *ca_dir;
};

/* NULL where libcurl cannot start or memory ran out; ERR says why. */
__attribute__((warn_unused_result)) struct http_session *
http_session_new(const struct http_session_options *options, struct error *err);

/* End the session, its channels and connections; NULL is fine. */
void http_session_free(struct http_session *session);

/*
 * Open a transport inside SESSION, which owns it.  Channels to one host share
 * its connections and take turns: one exchange of a session at a time.  NULL,
 * with the reason in ERR, where memory ran out, libcurl lacks an option or
 * HTTP_CHANNELS_MAX are open.
 */
#define HTTP_CHANNELS_MAX 4
__attribute__((warn_unused_result)) struct transport *
http_session_channel(struct http_session *session, bool allow_plain_http,
                     struct error *err);

/*
 * Connect COUNT TRANSPORTS (HTTP_CHANNELS_MAX at most), different channels of
 * one session, to the hosts of URLS, all at the same time.  Sends an OPTIONS
 * request (RFC 9110 section 9.3.7) without credentials to each: it changes
 * nothing and no store bills it.  Waits until each has answered or failed, or
 * TIMEOUT_MS have passed, and returns how many answered.  A failure is not an
 * error: the first exchange connects.
 */
size_t http_preconnect(struct transport *const transports[],
                       const char *const urls[], size_t count,
                       int64_t timeout_ms);

#endif
