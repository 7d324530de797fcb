/*
 * The least that a function can do: ask for an event over a bare socket, and
 * wait for it.  Every start is compared with this.
 *
 * Exit status: 1 if nobody answers at AWS_LAMBDA_RUNTIME_API.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loopback.h"
#include "next.h"

int main(void)
{
    char answer[4096];
    int fd = loopback_connect(getenv("AWS_LAMBDA_RUNTIME_API"), 0);

    if (fd < 0 || !loopback_send(fd, NEXT, strlen(NEXT)))
        return EXIT_FAILURE;
    return read(fd, answer, sizeof(answer)) > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
