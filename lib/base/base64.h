/*
 * base64: decoding of RFC 4648 section 4, as platforms wrap binary bodies.
 */
#ifndef BOUNCER_BASE64_H
#define BOUNCER_BASE64_H

#include <stdbool.h>

#include "base/buffer.h"

/*
 * Append to OUT what TEXT encodes.  Padding may be missing at the end.  False
 * on any other character and where OUT is full; OUT may hold a part then.
 */
__attribute__((warn_unused_result)) bool base64_decode(struct slice text,
                                                       struct buffer *out);

#endif
