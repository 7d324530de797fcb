/*
 * readme_rows: README.md's table of what happens, for a test that plays it.
 */
#ifndef BOUNCER_README_ROWS_H
#define BOUNCER_README_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#define README_ROWS_MAX 24

struct readme_row {
    char what[300];
    char client[200];
    char lock[100];
    bool played; /* for the test: it has played this row */
};

/* Read the table.  Returns how many rows it has. */
size_t readme_rows(struct readme_row rows[README_ROWS_MAX]);

/* The one of COUNT ROWS that begins with BEGIN; fails the test without one. */
struct readme_row *readme_find(struct readme_row rows[], size_t count,
                               const char *begin);

#endif
