/*
 * base64: decoding of RFC 4648 section 4, as platforms wrap binary bodies.
 */
#ifndef BOUNCER_BASE64_H
#define BOUNCER_BASE64_H

#include <stdbool.h>

#include "base/buffer.h"

/*
 * Decode TEXT and append the bytes to OUT.  The padding may be missing.  False
 * on malformed text, past OUT's ceiling or out of memory; OUT may then hold the
 * beginning.
 */
__attribute__((warn_unused_result)) bool base64_decode(struct slice text,
                                                       struct buffer *out);

#endif
