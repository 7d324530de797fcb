/*
 * http: the real transport, on libcurl.
 *
 *     struct http_session *session = http_session_new(&options, &err);
 *     struct transport *kv = http_session_channel(session, false, &err);
 *     ... transport_exchange(kv, ...) ...
 *     http_session_free(session);         its channels go with it
 *
 * It speaks HTTP/1.1 and keeps connections open between exchanges, but uses
 * none on which something waits to be read: that is no answer to a request
 * which was not sent yet (kept.h).  A connection that the server has closed is
 * noticed by the same look, and costs no second send.  It verifies certificates
 * and host names always, follows no redirect, uses no proxy (the
 * environment's http_proxy included), keeps no cookies, and sends to nobody
 * but the URL's own host.  Plain http is refused unless the channel's owner
 * allows it (for loopback hosts, and for the Lambda Runtime API).
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
     * The authorities to trust: a file of PEM certificates, which is parsed as
     * a whole, and a directory in the form of `openssl rehash`, of which only
     * the certificate that is needed is read.  Where both are NULL, every https
     * server is refused.
     */
    const char *ca_file;
    const char *ca_dir;
};

/* NULL where libcurl cannot start, with the reason in ERR. */
__attribute__((warn_unused_result)) struct http_session *
http_session_new(const struct http_session_options *options, struct error *err);

/* End the session, its channels and connections; NULL is fine. */
void http_session_free(struct http_session *session);

/*
 * A transport inside SESSION, which owns it; channels to one host share its
 * connections.  They take turns: one exchange of a session at a time.  NULL
 * where memory ran out or HTTP_CHANNELS_MAX are open.
 */
#define HTTP_CHANNELS_MAX 4
__attribute__((warn_unused_result)) struct transport *
http_session_channel(struct http_session *session, bool allow_plain_http,
                     struct error *err);

/*
 * Connect the first COUNT TRANSPORTS, channels of one session, to the hosts of
 * URLS, all at the same time, and return when the last is up or TIMEOUT_MS has
 * passed.  Sends an OPTIONS request (RFC 9110 section 9.3.7) without
 * credentials to each: it changes nothing and no store bills it.  Returns how
 * many answered; that one did not is no error, its first exchange connects
 * then.
 */
size_t http_preconnect(struct transport *const transports[],
                       const char *const urls[], size_t count,
                       int64_t timeout_ms);

#endif
