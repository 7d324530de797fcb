#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 63

static bool is_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Levenshtein's distance, row by row. */
static size_t distance(struct slice a, struct slice b)
{
    size_t row[WORD_MAX + 1];

    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 0; i < a.len; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < b.len; j++) {
            size_t best = diagonal + !is_same(a.at[i], b.at[j]);

            diagonal = row[j + 1];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j + 1] = best < diagonal + 1 ? best : diagonal + 1;
        }
    }
    return row[b.len];
}

const char *nearest_word(struct slice name, const char *const words[],
                         size_t count)
{
    size_t best = name.len / 2 + 1;
    const char *found = NULL;

    for (size_t i = 0; i < count && name.len <= WORD_MAX; i++) {
        const struct slice word = slice_of(words[i]);
        const size_t changes =
            word.len > WORD_MAX ? best : distance(name, word);

        if (changes < best) {
            best = changes;
            found = words[i];
        }
    }
    return found;
}
