/*
 * nearest: guesses which known word a misspelt one stands for.
 */
#ifndef BOUNCER_NEAREST_H
#define BOUNCER_NEAREST_H

#include <stddef.h>

#include "base/buffer.h"

/*
 * The one of COUNT WORDS that NAME becomes by the fewest changes of a
 * character, the case of letters ignored; NULL if that changes more than half
 * of NAME.  Words past 63 bytes are never guessed.
 */
const char *nearest_word(struct slice name, const char *const words[],
                         size_t count);

#endif
