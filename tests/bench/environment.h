/*
 * environment: what a measured function is started with, as Lambda would.
 */
#ifndef BOUNCER_BENCH_ENVIRONMENT_H
#define BOUNCER_BENCH_ENVIRONMENT_H

#include <stddef.h>

#define ENVIRONMENT_VARIABLE_MAX 1024
#define ENVIRONMENT_VARIABLES_MAX 9

/* What execve() wants: a list that ends with NULL. */
struct environment {
    char *list[ENVIRONMENT_VARIABLES_MAX + 1];
    char text[ENVIRONMENT_VARIABLES_MAX][ENVIRONMENT_VARIABLE_MAX];
    size_t count;
};

/*
 * Fill ENV for a function whose Runtime API is at API and whose stores are at
 * KV and SQL.  BOUNCER_OPERATIONS is passed on if it is set.  Ends the program
 * if a value is too long.
 */
void environment_fill(struct environment *env, const char *api, const char *kv,
                      const char *sql);

#endif
