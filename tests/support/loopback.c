/*
 * Blocking sockets with a receive timeout, and no parser: a message is searched
 * for its empty line and its Content-Length, which is all that its end depends
 * on.
 */
#include "loopback.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

bool loopback_address(const char *url, struct sockaddr_in *address)
{
    const char *text = url ? url : "";
    const char *slashes = strstr(text, "://");
    const char *at = slashes ? slashes + strlen("://") : text;
    size_t host_len = strcspn(at, ":/");
    unsigned long port =
        at[host_len] == ':' ? strtoul(at + host_len + 1, NULL, 10) : 0;
    char host[INET_ADDRSTRLEN] = "";

    if (host_len < sizeof(host))
        memcpy(host, at, host_len);
    if (strcmp(host, "localhost") == 0)
        memcpy(host, "127.0.0.1", sizeof("127.0.0.1"));
    *address = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((in_port_t)port),
    };
    return port > 0 && port < 65536 && strncmp(host, "127.", 4) == 0 &&
           inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

int loopback_connect(const char *url, int timeout_s)
{
    const struct timeval limit = {.tv_sec = timeout_s};
    struct sockaddr_in address;
    int fd;

    if (!loopback_address(url, &address))
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

bool loopback_send(int fd, const char *bytes, size_t len)
{
    size_t sent = 0;

    while (sent < len) {
        ssize_t now = send(fd, bytes + sent, len - sent, MSG_NOSIGNAL);

        if (now <= 0)
            return false;
        sent += (size_t)now;
    }
    return true;
}

bool loopback_is_whole(const char *text, size_t len)
{
    static const char name[] = "\r\nContent-Length:";
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, name);

    if (!end)
        return false;
    return len >= (size_t)(end + strlen("\r\n\r\n") - text) +
                      (length && length < end
                           ? strtoul(length + strlen(name), NULL, 10)
                           : 0);
}

ssize_t loopback_read(int fd, char *text, size_t size)
{
    size_t len = 0;

    do {
        ssize_t got = recv(fd, text + len, size - 1 - len, 0);

        if (got <= 0)
            return -1;
        len += (size_t)got;
        text[len] = '\0';
    } while (!loopback_is_whole(text, len));
    return (ssize_t)len;
}

int loopback_status(const char *answer)
{
    static const char version[] = "HTTP/1.1 ";

    return strncmp(answer, version, strlen(version)) == 0
               ? (int)strtol(answer + strlen(version), NULL, 10)
               : 0;
}
