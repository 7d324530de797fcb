/*
 * What TLS has decrypted already when an answer is complete.  The peer is a
 * process of its own, with a certificate that is made for the test.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "line.h"

/* A head for a body of seven bytes, which comes in a record of its own. */
#define HEAD "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"

/* A context whose certificate for 127.0.0.1 is written to FILE. */
static SSL_CTX *new_context(FILE *file)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_EXTENSION *hosts =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");

    cr_assert(context && key && certificate && hosts);
    cr_assert(X509_set_version(certificate, X509_VERSION_3));
    cr_assert(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1));
    cr_assert(X509_gmtime_adj(X509_getm_notBefore(certificate), -60));
    cr_assert(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
    cr_assert(X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_ASC, (const unsigned char *)"peer", -1, -1, 0));
    cr_assert(X509_set_issuer_name(certificate, name));
    cr_assert(X509_set_pubkey(certificate, key));
    cr_assert(X509_add_ext(certificate, hosts, -1));
    cr_assert(X509_sign(certificate, key, EVP_sha256()));
    cr_assert_eq(SSL_CTX_use_certificate(context, certificate), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey(context, key), 1);
    cr_assert(PEM_write_X509(file, certificate));
    cr_assert_eq(fclose(file), 0);
    X509_EXTENSION_free(hosts);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

/* Answer each request of each connection by BODIES[connection]. */
static void serve(int listener, SSL_CTX *context, const char *const bodies[],
                  int *connections)
{
    char request[4096];

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        const char *body = bodies[(*connections)++];
        SSL *tls = SSL_new(context);

        (void)SSL_set_fd(tls, fd);
        (void)SSL_accept(tls);
        while (SSL_read(tls, request, sizeof(request)) > 0) {
            (void)SSL_write(tls, HEAD, (int)strlen(HEAD));
            (void)SSL_write(tls, body, (int)strlen(body));
        }
        SSL_free(tls);
        close(fd);
    }
}

Test(http, what_came_in_the_record_of_one_answer_is_not_the_next)
{
    static const char *const bodies[] = {"alice's" HEAD "robert.", "carol's",
                                         "too many"};
    char ca_file[] = "/tmp/kept-XXXXXX";
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SSL_CTX *context = new_context(fdopen(mkstemp(ca_file), "w"));
    int *connections = mmap(NULL, sizeof(*connections), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct line line;
    char url[64];
    pid_t peer;

    cr_assert_neq(connections, MAP_FAILED);
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(listener, 4), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/",
                   ntohs(address.sin_port));
    peer = fork();
    cr_assert_geq(peer, 0);
    if (peer == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)signal(SIGPIPE, SIG_IGN);
        serve(listener, context, bodies, connections);
    }
    open_line(&line, ca_file, false);
    cr_expect_eq(post(&line, url), TRANSPORT_ANSWERED, "%s", line.err.text);
    cr_expect_str_eq(line.res.body.data, "alice's");
    cr_expect_eq(post(&line, url), TRANSPORT_ANSWERED, "%s", line.err.text);
    cr_expect_str_eq(line.res.body.data, "carol's");
    cr_expect_eq(line.res.sends, 1);
    cr_expect_eq(post(&line, url), TRANSPORT_ANSWERED, "%s", line.err.text);
    cr_expect_str_eq(line.res.body.data, "carol's");
    cr_expect_eq(*connections, 2);
    close_line(&line);
    (void)kill(peer, SIGKILL);
    (void)waitpid(peer, NULL, 0);
    (void)unlink(ca_file);
    SSL_CTX_free(context);
    close(listener);
}
