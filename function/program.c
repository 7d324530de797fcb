#include "program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void program_find(char path[PROGRAM_PATH_MAX], const char *called)
{
    const ssize_t len = readlink("/proc/self/exe", path, PROGRAM_PATH_MAX - 1);

    if (len > 0 && len < PROGRAM_PATH_MAX - 1)
        path[len] = '\0';
    else
        (void)snprintf(path, PROGRAM_PATH_MAX, "%s", called);
}

bool program_beside(char path[PROGRAM_PATH_MAX], const char *program,
                    const char *name)
{
    const char *slash = strrchr(program, '/');
    const int folder_len = slash ? (int)(slash + 1 - program) : 0;
    const int len =
        snprintf(path, PROGRAM_PATH_MAX, "%.*s%s", folder_len, program, name);

    return len > 0 && len < PROGRAM_PATH_MAX;
}
