/*
 * json_number: reads the text of a number (RFC 8259 section 6), since a double
 * may already be rounded.
 */
#ifndef BOUNCER_JSON_NUMBER_H
#define BOUNCER_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/*
 * The length of the number at the beginning of TEXT, up to white space, a
 * comma, a closing bracket or the end; 0 where it is malformed: "01", "1.",
 * "+1".  If it is well-formed, *WHOLE says whether its value has no fraction:
 * "10e-1" has none, "9.99999999999999999" has one that no double holds.
 */
__attribute__((warn_unused_result)) size_t json_number_read(struct slice text,
                                                            bool *whole);

#endif
