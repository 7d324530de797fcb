/*
 * server_tls: the TLS side of a door's server, on OpenSSL.
 *
 * TLS 1.2 and 1.3.  Sessions are resumed by tickets alone, without a cache:
 * their keys are in struct shared, so that every process of a door, and a door
 * that was started anew, resumes what another one began (RFC 8446 section
 * 4.6.1, RFC 5077).  Idle connections give their buffers back.
 */
#ifndef BOUNCER_LOCAL_SERVER_TLS_H
#define BOUNCER_LOCAL_SERVER_TLS_H

#include <openssl/ssl.h>

#include "base/error.h"
#include "data/shared.h"
#include "doors/door_options.h"

/*
 * A context for OPTIONS' certificate and key that counts handshakes in
 * OPTIONS' shared.  NULL with the reason in ERR.  Freed by SSL_CTX_free.
 */
__attribute__((warn_unused_result)) SSL_CTX *
server_tls_new(const struct door_options *options, struct error *err);

#endif
