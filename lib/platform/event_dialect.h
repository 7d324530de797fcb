/*
 * event_dialect: one way to write HTTP as JSON, and what the ways share.  For
 * event*.c alone.
 */
#ifndef BOUNCER_EVENT_DIALECT_H
#define BOUNCER_EVENT_DIALECT_H

#include "platform/event.h"

struct event_dialect {
    const char *name;
    /* Whether the event has this dialect's shape. */
    bool (*recognize)(const struct json *root);
    bool (*read)(struct event *event, struct message_request *request,
                 struct error *err);
    void (*write)(const struct event *event,
                  const struct message_response *response,
                  struct json_document *answer);
};

extern const struct event_dialect event_gateway_v2;
extern const struct event_dialect event_gateway_v1;
extern const struct event_dialect event_alb;
extern const struct event_dialect event_vercel;

/* Note all fields of OBJECT, whose values are strings or arrays of strings. */
void event_read_headers(const struct json *object,
                        struct message_request *request);

/* Take BODY, a string or nothing, and decode it where it is BASE64. */
bool event_read_body(struct event *event, const struct json *body, bool base64,
                     struct message_request *request, struct error *err);

/* Split PATH at its first '?' into the request's path and query. */
void event_split_path(struct slice path, struct message_request *request);

/*
 * Put the header fields into a new member KEY, one value for each name; those
 * called set-cookie into COOKIES, an array, or where that is NULL among the
 * others.
 */
void event_write_headers(const struct message_response *response,
                         struct json_document *answer, const char *key,
                         struct json *cookies);

/* Whether there is a field called set-cookie. */
bool event_has_cookies(const struct message_response *response);

/* Put them into a new member KEY, an array of values for each name. */
void event_write_multi_headers(const struct message_response *response,
                               struct json_document *answer, const char *key);

/* The response's body as a C string. */
const char *event_body_text(const struct message_response *response);

#endif
