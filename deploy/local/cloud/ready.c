/*
 * A small HTTP client reads no further than the status of an answer; it asks
 * every part in turn.  Redis is asked by hiredis.
 */
#include "cloud/ready.h"

#include <arpa/inet.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "cloud/cloud.h"
#include "cloud/listeners.h"
#include "data/shared.h"

/* Longer than the slowest cold start that the platform allows. */
#define ANSWER_TIMEOUT_S 20

#define REQUEST_MAX 1024

/* "HTTP/1.1 200": how long the part up to the status is, and where it starts */
#define STATUS_AT 9
#define STATUS_END 12

/* Redis makes its socket a moment after it was started. */
#define REDIS_TRIES 1000
#define REDIS_PAUSE_MS 10

#define REPORT_TRIES 200
#define REPORT_PAUSE_MS 5

static bool redis_answers(const struct cloud *cloud)
{
    for (int i = 0; i < REDIS_TRIES; i++) {
        redisContext *redis = redisConnectUnix(cloud->services.redis_socket);
        redisReply *reply = NULL;
        bool pong;

        if (redis != NULL && redis->err == 0)
            reply = redisCommand(redis, "PING");
        pong = reply != NULL && reply->type == REDIS_REPLY_STATUS;
        freeReplyObject(reply);
        if (redis != NULL)
            redisFree(redis);
        if (pong)
            return true;
        clock_sleep_ms(clock_system(), REDIS_PAUSE_MS);
    }
    (void)fprintf(stderr, "redis-server does not answer\n");
    return false;
}

static int connect_to(int port)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) ==
            0 &&
        connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The status of the answer to REQUEST; 0: there was none. */
static int ask(int port, struct slice request)
{
    char head[STATUS_END + 1] = "";
    size_t len = 0;
    ssize_t got = 1;
    int fd = connect_to(port);

    if (fd < 0)
        return 0;
    if (send(fd, request.at, request.len, MSG_NOSIGNAL) ==
        (ssize_t)request.len) {
        while (len < STATUS_END && got > 0) {
            got = read(fd, head + len, STATUS_END - len);
            len += got > 0 ? (size_t)got : 0;
        }
    }
    close(fd);
    return len == STATUS_END ? (int)strtol(head + STATUS_AT, NULL, 10) : 0;
}

struct question {
    const char *whom; /* for the message */
    enum cloud_listener listener;
    const char *line;   /* method and path */
    const char *header; /* with its value */
    const char *body;
};

static int ask_question(const struct cloud *cloud, const struct question *q)
{
    struct buffer request;
    int status = 0;

    buffer_init(&request, REQUEST_MAX);
    if (buffer_append_format(&request,
                             "%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                             "Connection: close\r\n"
                             "Content-Type: application/json\r\n"
                             "Content-Length: %zu\r\n%s\r\n\r\n%s",
                             q->line, strlen(q->body), q->header, q->body))
        status =
            ask(listeners_port(cloud, q->listener), buffer_slice(&request));
    buffer_release(&request);
    return status;
}

static bool answers(const struct cloud *cloud, const struct question *q)
{
    int status = ask_question(cloud, q);

    if (status == 200)
        return true;
    if (status == 0)
        (void)fprintf(stderr, "%s gives no answer\n", q->whom);
    else
        (void)fprintf(stderr, "%s answers with status %d\n", q->whom, status);
    return false;
}

static bool doors_answer(const struct cloud *cloud)
{
    char token[REQUEST_MAX / 2];
    char connection[REQUEST_MAX / 2];
    const struct question kv = {"the KV door", CLOUD_KV, "POST /", token,
                                "[\"PING\"]"};
    const struct question sql = {"the SQL door", CLOUD_SQL, "POST /sql",
                                 connection,
                                 "{\"query\":\"SELECT 1\",\"params\":[]}"};
    const struct question control = {"the control address", CLOUD_CONTROL,
                                     "GET /stats", "Accept: */*", ""};

    (void)snprintf(token, sizeof(token), "Authorization: Bearer %s",
                   cloud->kv_token);
    (void)snprintf(connection, sizeof(connection), "Neon-Connection-String: %s",
                   cloud->neon_connection_string);
    return answers(cloud, &kv) && answers(cloud, &sql) &&
           answers(cloud, &control);
}

/* Any answer of the function will do, but not the front's words about it. */
static bool function_answers(const struct cloud *cloud)
{
    const struct question health = {"the function", CLOUD_FRONT,
                                    "GET /api/health", "Accept: */*", ""};
    int status = ask_question(cloud, &health);

    if (status >= 200 && status != 502 && status != 504 && status != 429)
        return true;
    (void)fprintf(stderr,
                  "the function %s gave no answer to GET /api/health "
                  "(status %d)\n",
                  cloud->function, status);
    return false;
}

/*
 * Its lines in the log come before ours.  A function that works on after its
 * answer is not waited for.
 */
static void wait_for_report(const struct cloud *cloud)
{
    for (int i = 0;
         i < REPORT_TRIES && atomic_load(&cloud->shared->reports) == 0; i++)
        clock_sleep_ms(clock_system(), REPORT_PAUSE_MS);
}

int ready_run(const void *state)
{
    const struct cloud *cloud = state;

    if (!redis_answers(cloud) || !doors_answer(cloud) ||
        !function_answers(cloud))
        return 1;
    wait_for_report(cloud);
    return 0;
}
