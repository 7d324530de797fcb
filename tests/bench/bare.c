/*
 * The least that a function can do for a sale: the HTTPS exchanges with the two
 * stores, with bytes like ours, over blocking sockets and OpenSSL.  It trusts
 * what it reads, parses no JSON, has no timeouts and survives no failure.
 *
 * Reads the variables that the function reads.  One line for each request goes
 * to stderr, with the time from the event to just before its answer is posted.
 *
 * Exit status: 1 at anything unexpected.
 */
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"
#include "next.h"

#define TEXT_MAX 16384

#define POST                                                                   \
    "POST /2018-06-01/runtime/invocation/%.36s/response HTTP/1.1\r\n"          \
    "Host: 127.0.0.1\r\nUser-Agent: bouncer\r\nAccept: */*\r\n"                \
    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s"
#define STORE_HEAD                                                             \
    "POST %s HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bouncer\r\n"      \
    "Accept: */*\r\n%s%s\r\nContent-Type: application/json\r\n"                \
    "Content-Length: %zu\r\n\r\n%s"
#define ACQUIRE                                                                \
    "[[\"SET\",\"lock:product:%ld\",\"%s\",\"NX\",\"EX\",10],"                 \
    "[\"INCR\",\"fence:product:%ld\"],[\"GET\",\"lock:product:%ld\"]]"
#define RELEASE "[\"DELEX\",\"lock:product:%ld\",\"IFEQ\",\"%s\"]"
#define BUY                                                                    \
    "{\"query\":\"SELECT purchase(\\\"product_id\\\" => $1, "                  \
    "\\\"quantity\\\" => $2, \\\"buyer\\\" => $3, "                            \
    "\\\"idempotency_key\\\" => $4, \\\"fence\\\" => $5, "                     \
    "\\\"lock\\\" => $6) AS answer\","                                         \
    "\"params\":[\"%ld\",\"1\",\"bench\",\"%s\",\"%ld\",\"product:%ld\"]}"
#define ANSWER                                                                 \
    "{\"statusCode\":%d,\"headers\":{"                                         \
    "\"content-type\":\"application/problem+json\",\"retry-after\":\"1\","     \
    "\"cache-control\":\"no-store\",\"x-request-id\":\"%.36s\","               \
    "\"idempotency-key\":\"0123456789abcdef0123456789abcdef\","                \
    "\"server-timing\":\"lock;dur=0.123\"},\"cookies\":[],"                    \
    "\"body\":\"{\\\"retry_after_ms\\\":700,\\\"type\\\":\\\"urn:bouncer:"     \
    "problem:busy\\\","                                                        \
    "\\\"title\\\":\\\"Somebody else is being served\\\","                     \
    "\\\"status\\\":409,"                                                      \
    "\\\"detail\\\":\\\"This request did nothing. Try again, with the same "   \
    "Idempotency-Key if it has one.\\\"}\","                                   \
    "\"isBase64Encoded\":false}"

struct bare {
    SSL *kv;
    SSL *sql;
    int api;
    char authorization[TEXT_MAX / 2];
    char connection[TEXT_MAX / 2];
    char token[33];
    long fence;
};

static _Noreturn void fail(const char *what)
{
    (void)fprintf(stderr, "bare: %s\n", what);
    exit(EXIT_FAILURE);
}

static long long now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- messages ---- */

static void read_plain(int fd, char text[TEXT_MAX])
{
    if (loopback_read(fd, text, TEXT_MAX) < 0)
        fail("the Runtime API is gone");
}

static void write_plain(int fd, const char *text)
{
    if (!loopback_send(fd, text, strlen(text)))
        fail("the Runtime API takes nothing");
}

static void exchange(SSL *ssl, const char *path, const char *secret,
                     const char *value, const char *body, char text[TEXT_MAX])
{
    size_t len = 0;

    (void)snprintf(text, TEXT_MAX, STORE_HEAD, path, secret, value,
                   strlen(body), body);
    if (SSL_write(ssl, text, (int)strlen(text)) <= 0)
        fail("a store takes nothing");
    do {
        int got = SSL_read(ssl, text + len, (int)(TEXT_MAX - 1 - len));

        if (got <= 0)
            fail("a store is gone");
        len += (size_t)got;
        text[len] = '\0';
    } while (!loopback_is_whole(text, len));
    if (strncmp(text, "HTTP/1.1 200", strlen("HTTP/1.1 200")) != 0)
        fail(text);
}

/* ---- a sale ---- */

static void ask_kv(struct bare *bare, const char *path, const char *body,
                   char text[TEXT_MAX])
{
    exchange(bare->kv, path, "Authorization: Bearer ", bare->authorization,
             body, text);
}

/* Whether we hold the lock; the fence is INCR's result, the second. */
static bool acquire(struct bare *bare, long product, char text[TEXT_MAX])
{
    unsigned char random[16];
    char body[512];
    const char *second;

    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        fail("no random bytes");
    for (size_t i = 0; i < sizeof(random); i++)
        (void)snprintf(bare->token + 2 * i, 3, "%02x", random[i]);
    (void)snprintf(body, sizeof(body), ACQUIRE, product, bare->token, product,
                   product);
    ask_kv(bare, "/multi-exec", body, text);
    second = strstr(text, "},{\"result\":");
    bare->fence =
        second ? strtol(second + strlen("},{\"result\":"), NULL, 10) : 0;
    return strstr(text, bare->token) != NULL;
}

static void buy(struct bare *bare, long product, char text[TEXT_MAX])
{
    char body[1024];

    (void)snprintf(body, sizeof(body), BUY, product, bare->token, bare->fence,
                   product);
    exchange(bare->sql, "/sql", "Neon-Connection-String: ", bare->connection,
             body, text);
    if (!strstr(text, "\"sold\""))
        fail(text);
}

static void release(struct bare *bare, long product, char text[TEXT_MAX])
{
    char body[512];

    (void)snprintf(body, sizeof(body), RELEASE, product, bare->token);
    ask_kv(bare, "/", body, text);
}

/* The Lambda-Runtime-Aws-Request-Id of the event in TEXT. */
static void read_id(const char *text, char id[40])
{
    const char *at = strcasestr(text, "Request-Id: ");

    if (!at)
        fail("an event without an id");
    (void)snprintf(id, 40, "%.36s", at + strlen("Request-Id: "));
}

/* What the event in TEXT asks for; the status of its answer. */
static int sell(struct bare *bare, long product, char text[TEXT_MAX])
{
    /* Without a product: GET /api/health. */
    if (!product)
        return 200;
    if (!acquire(bare, product, text))
        return 409;
    buy(bare, product, text);
    return 201;
}

static void serve(struct bare *bare, char text[TEXT_MAX])
{
    const long long start_us = now_us();
    const char *at = strstr(text, "product_id");
    const long product =
        at ? strtol(at + strcspn(at, "0123456789"), NULL, 10) : 0;
    char answer[2048];
    char id[40];
    long long duration_us;
    int status;

    read_id(text, id);
    status = sell(bare, product, text);
    (void)snprintf(answer, sizeof(answer), ANSWER, status, id);
    duration_us = now_us() - start_us;
    (void)snprintf(text, TEXT_MAX, POST, id, strlen(answer), answer);
    write_plain(bare->api, text);
    read_plain(bare->api, text);
    if (status == 201)
        release(bare, product, text);
    (void)fprintf(stderr, "{\"status\":%d,\"duration_us\":%lld}\n", status,
                  duration_us);
}

/* ---- connecting ---- */

static SSL *connect_store(SSL_CTX *context, const char *url)
{
    const int yes = 1;
    int fd = loopback_connect(url, 0);
    SSL *ssl = SSL_new(context);

    if (fd < 0 || !ssl ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) < 0 ||
        SSL_set_fd(ssl, fd) != 1 ||
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), "127.0.0.1") != 1 ||
        SSL_connect(ssl) != 1)
        fail("a store cannot be reached");
    return ssl;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    if (!value)
        fail(name);
    return value;
}

int main(void)
{
    struct bare bare = {0};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    char text[TEXT_MAX];

    if (!context || SSL_CTX_load_verify_locations(
                        context, variable("BOUNCER_CA_FILE"), NULL) != 1)
        fail("no certificates");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    (void)snprintf(bare.authorization, sizeof(bare.authorization), "%s",
                   variable("UPSTASH_REDIS_REST_TOKEN"));
    (void)snprintf(bare.connection, sizeof(bare.connection), "%s",
                   variable("DATABASE_URL"));
    bare.kv = connect_store(context, variable("UPSTASH_REDIS_REST_URL"));
    bare.sql = connect_store(context, variable("BOUNCER_SQL_URL"));
    bare.api = loopback_connect(variable("AWS_LAMBDA_RUNTIME_API"), 0);
    if (bare.api < 0)
        fail("no Runtime API");
    for (;;) {
        write_plain(bare.api, NEXT);
        read_plain(bare.api, text);
        serve(&bare, text);
    }
}
