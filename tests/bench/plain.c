#include "plain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"

#define TIMEOUT_S 30

bool plain_exchange(const char *url, const char *request,
                    char answer[PLAIN_ANSWER_MAX], struct error *err)
{
    int fd = ask_connect(url, TIMEOUT_S);
    size_t len = 0;
    ssize_t got = -1;

    if (fd >= 0 &&
        write(fd, request, strlen(request)) == (ssize_t)strlen(request)) {
        do {
            got = read(fd, answer + len, PLAIN_ANSWER_MAX - 1 - len);
            len += got > 0 ? (size_t)got : 0;
        } while (got > 0 && len < PLAIN_ANSWER_MAX - 1);
    }
    answer[len] = '\0';
    if (got < 0)
        error_set(err, "%s: %s", url, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return got >= 0;
}

long plain_number(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

bool plain_counts(const char *control, struct plain_counts *counts,
                  struct error *err)
{
    char answer[PLAIN_ANSWER_MAX];

    if (!plain_exchange(control,
                        "GET /stats HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                        "Connection: close\r\n\r\n",
                        answer, err))
        return false;
    *counts = (struct plain_counts){
        .kv_requests = plain_number(answer, "\"kv_requests\":"),
        .kv_commands = plain_number(answer, "\"kv_commands\":"),
        .kv_connections = plain_number(answer, "\"kv_connections\":"),
        .sql_requests = plain_number(answer, "\"sql_requests\":"),
        .sql_connections = plain_number(answer, "\"sql_connections\":"),
        .tls_handshakes = plain_number(answer, "\"tls_handshakes\":"),
        .tls_resumed = plain_number(answer, "\"tls_resumed\":"),
    };
    if (counts->kv_requests >= 0 && counts->kv_commands >= 0 &&
        counts->kv_connections >= 0 && counts->sql_requests >= 0 &&
        counts->sql_connections >= 0 && counts->tls_handshakes >= 0 &&
        counts->tls_resumed >= 0)
        return true;
    error_set(err, "/stats: %.200s", answer);
    return false;
}

/* POST BODY to URL and expect a 200. */
static bool post(const char *url, const char *path, const char *header,
                 const char *body, struct error *err)
{
    char request[1024];
    char answer[PLAIN_ANSWER_MAX];

    (void)snprintf(request, sizeof(request),
                   "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                   "Connection: close\r\n%sContent-Length: %zu\r\n\r\n%s",
                   path, header, strlen(body), body);
    if (!plain_exchange(url, request, answer, err))
        return false;
    if (strncmp(answer, "HTTP/1.1 200", strlen("HTTP/1.1 200")) == 0)
        return true;
    error_set(err, "%s: %.200s", path, answer);
    return false;
}

static bool delay_door(const char *control, const char *door, int delay_ms,
                       struct error *err)
{
    char body[128];

    (void)snprintf(
        body, sizeof(body),
        "{\"door\":\"%s\",\"fault\":\"delay_before_ms\",\"value\":%d}", door,
        delay_ms);
    return post(control, "/faults", "", body, err);
}

bool plain_delay(const char *control, int delay_ms, struct error *err)
{
    return delay_door(control, "kv", delay_ms, err) &&
           delay_door(control, "sql", delay_ms, err);
}

bool plain_hold(const char *kv, const char *token, const char *name,
                struct error *err)
{
    char header[256];
    char body[256];

    (void)snprintf(header, sizeof(header), "Authorization: Bearer %s\r\n",
                   token);
    (void)snprintf(body, sizeof(body),
                   "[\"SET\",\"lock:%s\",\"somebody-else\",\"EX\",3600]", name);
    return post(kv, "/", header, body, err);
}
