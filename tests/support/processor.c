/*
 * The kernel counts the time of each thread in /proc; a process is the sum of
 * its threads, and siblings are found by their parent.
 */
#include "processor.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 1024

/* The first line of the file at PATH; "" where there is none. */
static void read_line(const char *path, char line[LINE_MAX_BYTES])
{
    FILE *file = fopen(path, "re");

    if (!file || !fgets(line, LINE_MAX_BYTES, file))
        line[0] = '\0';
    if (file)
        (void)fclose(file);
}

int64_t processor_ns(pid_t pid)
{
    char path[512];
    char line[LINE_MAX_BYTES];
    const struct dirent *entry;
    int64_t sum = 0;
    DIR *dir;

    (void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
    dir = opendir(path);
    if (!dir)
        return 0;
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "/proc/%d/task/%.32s/schedstat", pid,
                       entry->d_name);
        read_line(path, line);
        sum += strtoll(line, NULL, 10);
    }
    (void)closedir(dir);
    return sum;
}

/* "7 (name) S 1 ...": state and parent come behind the name's last bracket. */
static long parent_of(pid_t pid)
{
    char path[64];
    char line[LINE_MAX_BYTES];
    const char *at;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    read_line(path, line);
    at = strrchr(line, ')');
    return at && strlen(at) > 4 ? strtol(at + 4, NULL, 10) : -1;
}

int64_t processor_siblings_ns(pid_t pid)
{
    const long parent = parent_of(pid);
    const struct dirent *entry;
    int64_t sum = 0;
    DIR *dir = opendir("/proc");

    if (!dir)
        return 0;
    while (parent > 0 && (entry = readdir(dir)) != NULL) {
        const pid_t other = (pid_t)strtol(entry->d_name, NULL, 10);

        if (other > 0 && parent_of(other) == parent)
            sum += processor_ns(other);
    }
    (void)closedir(dir);
    return sum;
}
