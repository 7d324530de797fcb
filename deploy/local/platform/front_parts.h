/*
 * front_parts: what the dialects of front_event.h have in common.
 */
#ifndef BOUNCER_LOCAL_FRONT_PARTS_H
#define BOUNCER_LOCAL_FRONT_PARTS_H

#include <stdbool.h>

#include "platform/front_event.h"

/* Day, month, year and time, as the gateways' logs write it. */
#define FRONT_TIME_MAX 40

/* The dialects, one table entry each. */
extern const struct front_dialect front_apigw2;
extern const struct front_dialect front_apigw1;
extern const struct front_dialect front_alb;
extern const struct front_dialect front_alb_multi;
extern const struct front_dialect front_vercel;

/* What the gateways say of themselves. */
#define FRONT_API_ID "local"
#define FRONT_DOMAIN FRONT_API_ID ".execute-api.us-east-1.amazonaws.com"

/* "23/Nov/2026:10:00:00 +0000" */
void front_time(int64_t epoch_ms, char text[static FRONT_TIME_MAX]);

/* The value of header NAME, "" if there is none. */
const char *front_header(const struct front_request *request, const char *name);

/*
 * Whether the body goes into the event as text: its content type says so, as
 * AWS's gateways decide it, and it is UTF-8.
 */
bool front_body_is_text(const struct front_request *request);

/* Add the body as the text KEY, or in base64 if asked. */
void front_add_body(const struct front_request *request,
                    struct json_document *doc, struct json *object,
                    const char *key, bool base64);

/* Add the query's parameters as the object KEY, by ADD of pairs.h. */
void front_add_query(const struct front_request *request,
                     struct json_document *doc, struct json *object,
                     const char *key, bool decode,
                     void (*add)(const struct pairs *pairs,
                                 struct json_document *doc,
                                 struct json *object));

/* Take the status KEY; false where it is no status of a final answer. */
__attribute__((warn_unused_result)) bool
front_take_status(const struct json *root, struct front_answer *answer);

/*
 * Take `multiValueHeaders` and those of `headers` that it does not name; false
 * where they are no headers.
 */
__attribute__((warn_unused_result)) bool
front_take_both_headers(const struct json *root, struct front_answer *answer);

/*
 * Take the text BODY, in base64 if so; nothing where it is null or missing.
 * False where it is no text, or is not base64.
 */
__attribute__((warn_unused_result)) bool
front_take_body(const struct json *body, bool base64,
                struct front_answer *answer);

#endif
