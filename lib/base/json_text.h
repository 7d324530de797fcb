/*
 * json_text: one pass over JSON text before it is parsed, for what a parser
 * that builds C strings lets through: limits, encoding, characters.
 *
 * It knows just enough of the grammar (RFC 8259) to tell strings and
 * numbers from the rest; whether the text is JSON at all is for the parser to
 * say.
 */
#ifndef BOUNCER_JSON_TEXT_H
#define BOUNCER_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* The deepest nesting that any limits can allow: parsers recurse. */
#define JSON_TEXT_DEPTH_MAX 64

struct json_limits {
    size_t max_bytes;  /* of the whole text */
    size_t max_depth;  /* of nested arrays and objects; at most
                          JSON_TEXT_DEPTH_MAX */
    size_t max_values; /* of all values and keys together */
    bool unique_keys;  /* refuse an object that names a key twice */
};

/*
 * Whether TEXT keeps to LIMITS (unique_keys is for the parser), each of its
 * strings is UTF-8 (RFC 3629) without control characters and without \u0000,
 * which would end a C string early, and each of its numbers is written as RFC
 * 8259 section 6 has it.  *FRACTIONS then says whether a number is not whole.
 * Otherwise false, with the reason and the byte in ERR.  Takes time linear in
 * the text's length.
 */
__attribute__((warn_unused_result)) bool
json_text_check(struct slice text, const struct json_limits *limits,
                bool *fractions, struct error *err);

/*
 * Go past the next number of *LEFT, the rest of a text that passed the check,
 * and set *WHOLE to whether it has no fraction as it is written: "10e-1" has
 * none, "9.99999999999999999" has one that no double holds.  False where there
 * is no further number.
 */
__attribute__((warn_unused_result)) bool
json_text_next_number(struct slice *left, bool *whole);

/*
 * Overwrite each escape in LEN bytes of JSON TEXT that stands for no character
 * of a C string by \u0001, in place: \u0000, and half a surrogate pair.  For an
 * envelope around somebody else's text (a platform's event around a client's
 * headers and body): the envelope stays readable, and the text inside still
 * fails its own parse, since a bare control character is as malformed.
 */
void json_text_defuse(char *text, size_t len);

#endif
