#include "ask.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

bool ask_read_address(const char *text, struct sockaddr_in *address)
{
    const char *at = text ? strstr(text, "127.") : NULL;
    const char *colon = at ? strchr(at, ':') : NULL;
    unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;
    char host[INET_ADDRSTRLEN] = "";

    if (colon && (size_t)(colon - at) < sizeof(host))
        memcpy(host, at, (size_t)(colon - at));
    *address = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((in_port_t)port),
    };
    return port > 0 && port < 65536 &&
           inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

int ask_connect(const char *text, int timeout_s)
{
    const struct timeval limit = {.tv_sec = timeout_s};
    struct sockaddr_in address;
    int fd;

    if (!ask_read_address(text, &address))
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if ((!timeout_s ||
         (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
          setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ==
              0)) &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

int ask_next(const char *api)
{
    static const char request[] =
        "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n\r\n";
    int fd = ask_connect(api, 0);

    if (fd >= 0 &&
        write(fd, request, strlen(request)) != (ssize_t)strlen(request)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

bool ask_is_whole(const char *text, size_t len)
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
