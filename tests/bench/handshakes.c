/*
 * The least that a function can do to connect: TLS handshakes with both stores
 * at the same time, with verified certificates, and then a request for an event
 * over a bare socket.
 *
 * Reads the variables that the function reads.  Exit status: 1 if a store or
 * the API does not answer.
 */
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loopback.h"
#include "next.h"

#define STORES 2

static SSL_CTX *open_context(const char *ca_file)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (!context || !ca_file ||
        SSL_CTX_load_verify_locations(context, ca_file, NULL) != 1)
        return NULL;
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return context;
}

/* Begin a connection to the store at URL, without waiting for it. */
static SSL *open_store(SSL_CTX *context, const char *url)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    SSL *ssl = SSL_new(context);

    if (fd < 0 || !ssl || !loopback_address(url, &address))
        return NULL;
    /* Whether it was refused shows in the handshake. */
    (void)connect(fd, (const struct sockaddr *)&address, sizeof(address));
    if (SSL_set_fd(ssl, fd) != 1 ||
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), "127.0.0.1") != 1)
        return NULL;
    return ssl;
}

/*
 * Do one step of SSL's handshake, and say what to watch its socket for.  False
 * if it failed.
 */
static bool step(SSL *ssl, struct pollfd *watched)
{
    int result = SSL_connect(ssl);

    watched->events = 0;
    if (result == 1)
        return true;
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
        watched->events = POLLIN;
        return true;
    case SSL_ERROR_WANT_WRITE:
        watched->events = POLLOUT;
        return true;
    default:
        return false;
    }
}

/* Drive both handshakes to their end. */
static bool connect_all(SSL *const stores[STORES])
{
    struct pollfd watched[STORES];
    bool pending = true;

    for (int i = 0; i < STORES; i++)
        watched[i] = (struct pollfd){SSL_get_fd(stores[i]), POLLOUT, 0};
    while (pending) {
        if (poll(watched, STORES, 5000) <= 0)
            return false;
        pending = false;
        for (int i = 0; i < STORES; i++) {
            if (watched[i].revents && !step(stores[i], &watched[i]))
                return false;
            pending = pending || watched[i].events;
        }
    }
    return true;
}

int main(void)
{
    char answer[4096];
    SSL_CTX *context = open_context(getenv("BOUNCER_CA_FILE"));
    SSL *stores[STORES];
    int fd;

    if (!context)
        return EXIT_FAILURE;
    stores[0] = open_store(context, getenv("UPSTASH_REDIS_REST_URL"));
    stores[1] = open_store(context, getenv("BOUNCER_SQL_URL"));
    if (!stores[0] || !stores[1] || !connect_all(stores))
        return EXIT_FAILURE;
    fd = loopback_connect(getenv("AWS_LAMBDA_RUNTIME_API"), 0);
    if (fd < 0 || !loopback_send(fd, NEXT, strlen(NEXT)))
        return EXIT_FAILURE;
    return read(fd, answer, sizeof(answer)) > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
