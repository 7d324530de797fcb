/*
 * json_text: walks over JSON text (RFC 8259), token by token, and turns its
 * strings into C strings where they stand.
 *
 * What it takes is stricter than what C can hold requires: a string is valid
 * UTF-8 (RFC 3629) without control characters, and without \u0000, which would
 * end a C string early and make two names equal.
 */
#ifndef BOUNCER_JSON_TEXT_H
#define BOUNCER_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

struct json_text {
    char *at;  /* what comes next */
    char *end; /* a NUL stands here, behind the text */
};

/* Move past white space. */
void json_text_skip_space(struct json_text *text);

/*
 * Where the bytes from AT on no longer stand for themselves in a string, or are
 * no ASCII.  END, where a NUL stands, is far enough.
 */
const char *json_text_plain(const char *at, const char *end);

/*
 * Move past the string that begins here with a quote.  *STRING is its content,
 * unescaped and NUL-terminated, in TEXT's own memory.  False with the reason
 * in ERR if it is malformed; TEXT is at the mistake then.
 */
__attribute__((warn_unused_result)) bool
json_text_string(struct json_text *text, char **string, struct error *err);

/*
 * Move past the number that begins here.  *WHOLE says whether its text has no
 * fraction (see json_number_read), which *NUMBER may have lost.  False with the
 * reason in ERR if it is malformed; TEXT is at the mistake then.
 */
__attribute__((warn_unused_result)) bool
json_text_number(struct json_text *text, double *number, bool *whole,
                 struct error *err);

/* Whether WORD came next, and it moved past it. */
bool json_text_word(struct json_text *text, const char *word);

/*
 * Overwrite escapes in LEN bytes of JSON TEXT by \u0001, in place, if no C
 * string can hold their character: \u0000, and half a surrogate pair.  For an
 * envelope around a client's text (a platform's event around its headers and
 * body): the envelope can be parsed, and a JSON text inside still fails its own
 * parse, because it now has a bare control character in a string.
 */
void json_text_defuse(char *text, size_t len);

#endif
