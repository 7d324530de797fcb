/*
 * utf8: tells well-formed UTF-8 (RFC 3629) from other bytes.
 */
#ifndef BOUNCER_UTF8_H
#define BOUNCER_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/*
 * The length, 1 to 4 bytes, of the character at AT, where LEFT bytes are left
 * (1 or more); 0 if it is malformed.  A NUL and other control characters are
 * characters like any other.
 */
size_t utf8_sequence(const char *at, size_t left);

/*
 * Whether BYTES are well-formed UTF-8 without a NUL, so that a JSON string and
 * a C string can hold them.
 */
bool utf8_is_text(struct slice bytes);

#endif
