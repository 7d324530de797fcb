#include "base/nearest.h"

#include <criterion/criterion.h>

#include "count.h"

static const char *const words[] = {
    "method",
    "lock",
    "outcomes",
    "a_word_of_more_bytes_than_63_is_never_guessed_however_near_it_may_be",
};

static const struct {
    const char *name;
    const char *word; /* NULL: none is near */
} names[] = {
    {"metod", "method"},
    {"lokc", "lock"},
    {"LOCK", "lock"},
    {"outcome", "outcomes"},
    {"outcoms", "outcomes"},
    {"price", NULL},
    {"x", NULL},
    {"", NULL},
    {"b_word_of_more_bytes_than_63_is_never_guessed_however_near_it_may_be",
     NULL},
};

Test(nearest, a_misspelt_name_finds_its_word_and_a_strange_one_finds_none)
{
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *found = nearest_word(slice_of(names[i].name), words, 4);

        cr_expect(names[i].word
                      ? found && slice_is(slice_of(found), names[i].word)
                      : !found,
                  "%s: %s", names[i].name, found ? found : "none");
    }
}
