/*
 * The least that a function can do: ask for an event over a bare socket, and
 * wait for it.  What every start is compared with.
 *
 * Exit status: 1 where AWS_LAMBDA_RUNTIME_API is no 127.0.0.1:port that
 * answers.
 */
#include <stdlib.h>
#include <unistd.h>

#include "ask.h"

int main(void)
{
    char answer[4096];
    int fd = ask_next(getenv("AWS_LAMBDA_RUNTIME_API"));

    if (fd < 0)
        return EXIT_FAILURE;
    return read(fd, answer, sizeof(answer)) > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
