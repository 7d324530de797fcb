#include "memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const long x = *(const long *)a;
    const long y = *(const long *)b;

    return (x > y) - (x < y);
}

static long median(long values[], int count)
{
    if (count == 0)
        return 0;
    qsort(values, (size_t)count, sizeof(values[0]), compare);
    return values[count / 2];
}

/* The number of kB behind LABEL in the file PATH. */
static bool find(const char *path, const char *label, long *kb)
{
    char line[256];
    bool found = false;
    FILE *file = fopen(path, "re");

    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, label, strlen(label)) == 0) {
            *kb = strtol(line + strlen(label), NULL, 10);
            found = true;
        }
    }
    if (file != NULL)
        (void)fclose(file);
    return found;
}

struct memory memory_sample(const pid_t pids[], int count)
{
    long resident[MEMORY_SAMPLE];
    long anonymous[MEMORY_SAMPLE];
    struct memory memory = {0};

    for (int i = 0; i < count && memory.sampled < MEMORY_SAMPLE; i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup",
                       (int)pids[i]);
        memory.sampled += find(path, "Rss:", &resident[memory.sampled]) &&
                          find(path, "Anonymous:", &anonymous[memory.sampled]);
    }
    memory.resident_kb = median(resident, memory.sampled);
    memory.anonymous_kb = median(anonymous, memory.sampled);
    return memory;
}

long memory_available_kb(void)
{
    long kb = 0;

    (void)find("/proc/meminfo", "MemAvailable:", &kb);
    return kb;
}
