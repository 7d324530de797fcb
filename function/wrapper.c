#include "wrapper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The list WRAPPER, PROGRAM, ARGV[1] and on, NULL; NULL if out of memory. */
static char **join(char *wrapper, char *program, char *const argv[])
{
    size_t count = 1;
    char **joined;

    while (argv[0] && argv[count])
        count++;
    joined = calloc(count + 2, sizeof(*joined));
    if (!joined)
        return NULL;
    joined[0] = wrapper;
    joined[1] = program;
    for (size_t i = 1; i < count; i++)
        joined[i + 1] = argv[i];
    return joined;
}

void wrapper_exec(const char *wrapper, const char *program, char *const argv[],
                  struct error *err)
{
    char *path = strdup(wrapper);
    char *self = strdup(program);
    char **joined = path && self ? join(path, self, argv) : NULL;

    if (joined && setenv(WRAPPER_VARIABLE, "", 1) == 0)
        (void)execv(path, joined);
    error_set(err, WRAPPER_VARIABLE " names a program that does not run: %s",
              strerror(errno));
    free(joined);
    free(self);
    free(path);
}
