/*
 * json_number: numbers as RFC 8259 section 6 writes them, read from their text,
 * where a double would already have been rounded.
 */
#ifndef BOUNCER_JSON_NUMBER_H
#define BOUNCER_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/*
 * The length of the number at the beginning of TEXT, up to white space, a
 * comma, a bracket or the end; 0 where it is malformed: "01", "1.", "+1".
 * *WHOLE then says whether its value has no fraction: "10e-1" has none,
 * "9.99999999999999999" has one that no double holds.
 */
__attribute__((warn_unused_result)) size_t json_number_read(struct slice text,
                                                            bool *whole);

#endif
