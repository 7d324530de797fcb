/* The table begins with its head and ends with the first line without a bar. */
#include "readme_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define HEAD "| what happens | the client hears | the lock |"

/* The next cell behind a bar at *AT. */
static void read_cell(const char **at, char *cell, size_t size)
{
    const size_t len = strcspn(*at + 1, "|\n");

    cr_assert(**at == '|' && len < size, "%s", *at);
    (void)snprintf(cell, size, "%.*s", (int)len - 1, *at + 2);
    *at += 1 + len;
}

size_t readme_rows(struct readme_row rows[README_ROWS_MAX])
{
    FILE *file = fopen("README.md", "r");
    char line[1024];
    const char *at;
    size_t count = 0;
    bool inside = false;

    cr_assert(file);
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, HEAD, strlen(HEAD)) == 0) {
            cr_assert(fgets(line, sizeof(line), file));
            inside = true;
            continue;
        }
        if (!inside)
            continue;
        if (line[0] != '|')
            break;
        cr_assert_lt(count, (size_t)README_ROWS_MAX);
        at = line;
        read_cell(&at, rows[count].what, sizeof(rows[count].what));
        read_cell(&at, rows[count].client, sizeof(rows[count].client));
        read_cell(&at, rows[count].lock, sizeof(rows[count].lock));
        rows[count++].played = false;
    }
    (void)fclose(file);
    return count;
}

struct readme_row *readme_find(struct readme_row rows[], size_t count,
                               const char *begin)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(rows[i].what, begin, strlen(begin)) == 0)
            return &rows[i];
    }
    cr_assert_fail("README.md has no row that begins with \"%s\"", begin);
    return NULL;
}
