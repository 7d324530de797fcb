#include "ask.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

int ask_next(const char *api)
{
    static const char request[] =
        "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n\r\n";
    struct sockaddr_in address;
    int fd;

    if (!ask_read_address(api, &address))
        return -1;
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        write(fd, request, strlen(request)) != (ssize_t)strlen(request)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}
