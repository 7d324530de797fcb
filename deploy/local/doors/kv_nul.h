/*
 * kv_nul: carries U+0000 in strings through the JSON library.
 *
 * To redis a NUL is a byte like any other, and JSON may hold it as \u0000
 * (RFC 8259 section 7), but a C string ends there.  So NUL is carried through
 * the JSON library as the two characters U+0001 "0", and U+0001 itself as
 * U+0001 "1".
 *
 *     in:   kv_nul_hide the text of a request, json_parse,
 *           kv_nul_reveal each string
 *     out:  kv_nul_put each byte of a string, json_print,
 *           kv_nul_reveal_text the printed text
 */
#ifndef BOUNCER_LOCAL_KV_NUL_H
#define BOUNCER_LOCAL_KV_NUL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Most bytes that kv_nul_hide makes of LEN. */
#define KV_NUL_HIDDEN_BYTES(len) ((len) + (len) / 6 + 1)

/* Append the JSON in TEXT to OUT, hidden.  False past its ceiling. */
__attribute__((warn_unused_result)) bool kv_nul_hide(struct slice text,
                                                     struct buffer *out);

/*
 * Copy a string that json_parse made of hidden text to TO, which has room for
 * as many bytes; the result is how many it became.
 */
size_t kv_nul_reveal(struct slice string, char *to);

/* Write what C, a NUL or U+0001, is hidden as to TO: two bytes. */
void kv_nul_put(char c, char *to);

/* Reveal, in place, the LEN bytes of printed JSON; their new number. */
size_t kv_nul_reveal_text(char *text, size_t len);

#endif
