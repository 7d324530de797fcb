/*
 * settings: what bench.sh and start.sh hand over in BENCH_... variables, and
 * the environment that a measured function is started with.
 */
#ifndef BOUNCER_BENCH_SETTINGS_H
#define BOUNCER_BENCH_SETTINGS_H

#include <stddef.h>

#define SETTINGS_VARIABLE_MAX 1024
#define SETTINGS_VARIABLES_MAX 8

/* The variable NAME; ends the program where it is not set. */
const char *setting(const char *name);

/* An environment, which execve() wants as a list that ends with NULL. */
struct environment {
    char *list[SETTINGS_VARIABLES_MAX + 1];
    char text[SETTINGS_VARIABLES_MAX][SETTINGS_VARIABLE_MAX];
    size_t count;
};

/*
 * Make ENV what Lambda would give a function whose Runtime API is at API and
 * whose stores are at KV and SQL; ends the program where one is too long.
 */
void environment_fill(struct environment *env, const char *api, const char *kv,
                      const char *sql);

#endif
