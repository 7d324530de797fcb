/*
 * Walks the tree until it is gone, since a dying process may still write to it.
 * PostgreSQL's shared memory is found by the numbers in postmaster.pid.
 */
#include "cloud/cleanup.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cloud/env_file.h"

#define TRIES 200
#define PAUSE_MS 50

/* Directories open at once while the tree is walked. */
#define OPEN_DIRS 16

/* The line of postmaster.pid that holds the key and id of its memory. */
#define MEMORY_LINE 7

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    (void)remove(path);
    return 0;
}

static void remove_tree(const char *dir)
{
    for (int i = 0; i < TRIES && access(dir, F_OK) == 0; i++) {
        if (i > 0)
            clock_sleep_ms(clock_system(), PAUSE_MS);
        nftw(dir, remove_entry, OPEN_DIRS, FTW_DEPTH | FTW_PHYS);
    }
}

/*
 * PostgreSQL holds a small System V segment, which outlives it only when it
 * was killed by SIGKILL.  Its number may be somebody else's by now, so the
 * key has to fit, too.
 */
static void remove_memory(const char *line)
{
    char *end;
    long key = strtol(line, &end, 10);
    long id = strtol(end, NULL, 10);
    struct shmid_ds status;

    if (key != 0 && id >= 0 && id <= INT_MAX &&
        shmctl((int)id, IPC_STAT, &status) == 0 &&
        (long)status.shm_perm.__key == key)
        shmctl((int)id, IPC_RMID, NULL);
}

static void remove_postgres_memory(const char *dir)
{
    char path[PATH_MAX];
    char line[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/postgres/data/postmaster.pid", dir);
    file = fopen(path, "re");
    if (file == NULL)
        return;
    for (int i = 1; fgets(line, sizeof(line), file) != NULL; i++) {
        if (i == MEMORY_LINE)
            remove_memory(line);
    }
    (void)fclose(file);
}

void cleanup(const char *dir, const char *env_file)
{
    env_file_remove(env_file, dir);
    remove_postgres_memory(dir);
    remove_tree(dir);
}
