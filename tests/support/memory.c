#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of such a file, and where its number goes, which is in KiB. */
struct label {
    const char *text;
    int64_t *sum_bytes;
};

/* Add the lines of PATH that begin with one of LABELS; the last has no text. */
static void add_lines(const char *path, const struct label labels[])
{
    char line[256];
    FILE *file = fopen(path, "re");

    while (file && fgets(line, sizeof(line), file)) {
        for (const struct label *label = labels; label->text; label++) {
            size_t len = strlen(label->text);

            if (strncmp(line, label->text, len) == 0)
                *label->sum_bytes += strtoll(line + len, NULL, 10) * 1024;
        }
    }
    if (file)
        (void)fclose(file);
}

bool memory_of(pid_t pid, struct memory *memory)
{
    const struct label labels[] = {
        {"Rss:", &memory->resident_bytes},
        {"Private_Clean:", &memory->private_bytes},
        {"Private_Dirty:", &memory->private_bytes},
        {"Anonymous:", &memory->anonymous_bytes},
        {NULL, NULL},
    };
    char path[64];

    *memory = (struct memory){0};
    (void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    add_lines(path, labels);
    return memory->resident_bytes > 0;
}

int64_t memory_available_bytes(void)
{
    int64_t bytes = 0;

    add_lines("/proc/meminfo",
              (const struct label[]){{"MemAvailable:", &bytes}, {NULL, NULL}});
    return bytes;
}
