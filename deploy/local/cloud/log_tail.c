#include "cloud/log_tail.h"

#include <stdio.h>
#include <string.h>

bool log_tail(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    char next[LOG_TAIL_MAX];

    line[0] = '\0';
    if (file == NULL)
        return false;
    while (fgets(next, sizeof(next), file) != NULL) {
        next[strcspn(next, "\n")] = '\0';
        if (next[strspn(next, " \t")] != '\0')
            (void)snprintf(line, size, "%s", next);
    }
    (void)fclose(file);
    return line[0] != '\0';
}
