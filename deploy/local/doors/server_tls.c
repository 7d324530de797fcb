/*
 * OpenSSL does it all; the one callback counts handshakes.
 */
#include "doors/server_tls.h"

#include <openssl/err.h>

/* Names the application in resumed sessions; any constant does. */
static const unsigned char session_context[] = "bouncer-local";

/* Called for every step of every connection; tickets repeat the last one. */
static void count_handshake(const SSL *ssl, int where, int result)
{
    struct shared *shared = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    (void)result;
    if (!(where & SSL_CB_HANDSHAKE_DONE))
        return;
    atomic_fetch_add(&shared->tls_handshakes, 1);
    if (SSL_session_reused(ssl))
        atomic_fetch_add(&shared->tls_resumed, 1);
}

static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_get_error());

    return text ? text : "unknown";
}

static bool load_identity(SSL_CTX *context, const struct door_options *options,
                          struct error *err)
{
    if (SSL_CTX_use_certificate_chain_file(context, options->cert_file) != 1) {
        error_set(err, "%s: %s", options->cert_file, reason());
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(context, options->key_file,
                                    SSL_FILETYPE_PEM) != 1) {
        error_set(err, "%s: %s", options->key_file, reason());
        return false;
    }
    return true;
}

SSL_CTX *server_tls_new(const struct door_options *options, struct error *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (!context) {
        error_set(err, "TLS: %s", reason());
        return NULL;
    }
    if (!load_identity(context, options, err)) {
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(context, session_context,
                                   sizeof(session_context) - 1);
    SSL_CTX_set_tlsext_ticket_keys(context, options->shared->ticket_keys,
                                   SHARED_TICKET_BYTES);
    SSL_CTX_set_app_data(context, options->shared);
    SSL_CTX_set_info_callback(context, count_handshake);
    return context;
}
