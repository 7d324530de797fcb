/*
 * json_text: checks JSON text before it is parsed, for what a parser that
 * builds C strings does not check: limits, encoding, characters, numbers.
 *
 * It knows just enough of the grammar (RFC 8259) to tell strings and numbers
 * from the rest.  Whether the text is JSON at all, the parser says.
 */
#ifndef BOUNCER_JSON_TEXT_H
#define BOUNCER_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* The deepest nesting that limits can allow, since parsers recurse. */
#define JSON_TEXT_DEPTH_MAX 64

struct json_limits {
    size_t max_bytes;  /* of the whole text */
    size_t max_depth;  /* of nested arrays and objects; at most
                          JSON_TEXT_DEPTH_MAX */
    size_t max_values; /* of all values and keys together */
    bool unique_keys;  /* reject an object that names a key twice */
};

/*
 * Whether TEXT keeps to LIMITS (unique_keys is left to the parser), each of its
 * strings is UTF-8 (RFC 3629) without control characters and without \u0000,
 * which would end a C string early, and each of its numbers is written as RFC
 * 8259 section 6 has it.  *FRACTIONS then says whether any number has a
 * fraction.  Otherwise false, with the reason in ERR, and the byte unless the
 * text is too long.  Takes time linear in the text's length.
 */
__attribute__((warn_unused_result)) bool
json_text_check(struct slice text, const struct json_limits *limits,
                bool *fractions, struct error *err);

/*
 * Move *LEFT, the rest of a text that passed the check, past its next number,
 * and set *WHOLE as json_number_read does.  False if no number is left.
 */
__attribute__((warn_unused_result)) bool
json_text_next_number(struct slice *left, bool *whole);

/*
 * Overwrite escapes in LEN bytes of JSON TEXT by \u0001, in place, if no C
 * string can hold their character: \u0000, and half a surrogate pair.  For an
 * envelope around a client's text (a platform's event around its headers and
 * body): the envelope can be parsed, and a JSON text inside still fails its own
 * parse, because it now has a bare control character in a string.
 */
void json_text_defuse(char *text, size_t len);

#endif
