/*
 * resp_json: a redis reply as Upstash's REST API writes it.
 *
 * As JSON: nil is null, integers are numbers, strings are strings, arrays are
 * arrays.  With base64 every string but the status OK comes encoded.  Without,
 * bytes that are no UTF-8 are replaced by U+FFFD; NULs are kept.  As RESP2: the
 * reply in redis's own protocol
 * (https://redis.io/docs/latest/develop/reference/protocol-spec/).
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

/* Add REPLY to PARENT under KEY, as json_add_string does. */
void resp_json_add(struct json_document *doc, struct json *parent,
                   const char *key, const redisReply *reply,
                   struct resp_json_form *form);

/*
 * Add the members "result": REPLY, or "error": its text where it is an error,
 * to OBJECT.
 */
void resp_json_add_outcome(struct json_document *doc, struct json *object,
                           const redisReply *reply,
                           struct resp_json_form *form);

/* Append REPLY in RESP2.  False past the buffer's ceiling. */
__attribute__((warn_unused_result)) bool resp_json_raw(struct buffer *out,
                                                       const redisReply *reply);

#endif
