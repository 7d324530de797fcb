/*
 * settings: what bench.sh and start.sh hand over in BENCH_... variables, and
 * the environment that a measured function is started with; and the end of the
 * program where something is wrong with either.
 */
#ifndef BOUNCER_BENCH_SETTINGS_H
#define BOUNCER_BENCH_SETTINGS_H

#include <stddef.h>

#include "base/error.h"

#define SETTINGS_VARIABLE_MAX 1024
#define SETTINGS_VARIABLES_MAX 8

/* The variable NAME; ends the program where it is not set. */
const char *setting(const char *name);

/*
 * The variable NAME as a whole number from 1 to MAX; ends the program where it
 * is none.
 */
long setting_count(const char *name, long max);

/* Say that WHAT cannot be measured, for the reason in ERR, and end. */
_Noreturn void give_up(const char *what, const struct error *err);

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
