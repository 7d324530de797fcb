/*
 * The request is formatted as one text and sent as one, so that no part of it
 * waits for an acknowledgement of another (Nagle's algorithm).
 */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loopback.h"

static const char *path_of(const char *url)
{
    const char *slashes = strstr(url, "://");
    const char *path = strchr(slashes ? slashes + strlen("://") : url, '/');

    return path ? path : "/";
}

bool ask_send(int fd, const struct ask_request *request)
{
    const char *body = request->body ? request->body : "";
    const char *method = request->method;
    char *text;
    int len;
    bool sent;

    if (!method)
        method = request->body ? "POST" : "GET";
    len = asprintf(&text,
                   "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                   "Content-Type: application/json\r\n%s"
                   "Content-Length: %zu\r\n\r\n%s",
                   method, path_of(request->url),
                   request->fields ? request->fields : "", strlen(body), body);
    if (len < 0)
        return false;
    sent = loopback_send(fd, text, (size_t)len);
    free(text);
    return sent;
}

int ask_start(const struct ask_request *request)
{
    int fd = loopback_connect(request->url, ASK_TIMEOUT_S);

    if (fd >= 0)
        (void)ask_send(fd, request);
    return fd;
}

int ask(const struct ask_request *request, char *answer, size_t size)
{
    int fd = ask_start(request);
    ssize_t len = -1;

    answer[0] = '\0';
    if (fd >= 0) {
        len = loopback_read(fd, answer, size);
        (void)close(fd);
    }
    return len < 0 ? 0 : loopback_status(answer);
}

const char *ask_body(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");

    return end ? end + strlen("\r\n\r\n") : "";
}
