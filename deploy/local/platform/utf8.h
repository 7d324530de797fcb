/*
 * utf8: what tells text from other bytes.
 */
#ifndef BOUNCER_LOCAL_UTF8_H
#define BOUNCER_LOCAL_UTF8_H

#include <stdbool.h>

#include "base/buffer.h"

/*
 * Whether BYTES are UTF-8 (RFC 3629) without a NUL, so that a JSON string and
 * a C string can hold them.
 */
bool utf8_is_text(struct slice bytes);

#endif
