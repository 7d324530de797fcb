/*
 * json_text: one pass over JSON text before it is parsed, for what a parser
 * that builds C strings lets through: limits, encoding, characters.
 *
 * It knows just enough of the grammar (RFC 8259) to tell strings from the
 * rest; whether the text is JSON at all is for the parser to say.
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
 * Whether TEXT keeps to LIMITS (unique_keys is for the parser) and each of its
 * strings is UTF-8 (RFC 3629) without control characters and without \u0000,
 * which would end a C string early.  Otherwise false, with the reason and the
 * byte in ERR.  Takes time linear in the text's length.
 */
__attribute__((warn_unused_result)) bool
json_text_check(struct slice text, const struct json_limits *limits,
                struct error *err);

/*
 * Overwrite each escape \u0000 in LEN bytes of JSON TEXT by \u0001, in place.
 * For an envelope around somebody else's text (a platform's event around a
 * client's body): the envelope stays readable, and the text inside still
 * fails its own parse, since a bare control character is as malformed.
 */
void json_text_defuse_nul(char *text, size_t len);

#endif
