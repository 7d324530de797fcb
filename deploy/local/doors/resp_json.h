/*
 * resp_json: writes a redis reply as Upstash's REST API does.
 *
 * Nil is null, integers are numbers, strings are strings, arrays are arrays.
 * With base64 every string but the status OK comes encoded.  Without, U+FFFD
 * replaces bytes that are not UTF-8; NULs are kept.
 */
#ifndef BOUNCER_LOCAL_RESP_JSON_H
#define BOUNCER_LOCAL_RESP_JSON_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "base/json.h"

struct resp_json_form {
    bool base64;  /* strings encoded */
    bool has_nul; /* set by the functions: the document, once printed, is to go
                     through kv_nul_reveal_text */
};

/*
 * Add the members "result": REPLY, or "error": its text where it is an error,
 * to OBJECT.
 */
void resp_json_add_outcome(struct json_document *doc, struct json *object,
                           const redisReply *reply,
                           struct resp_json_form *form);

#endif
