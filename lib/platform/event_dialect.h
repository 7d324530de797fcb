/*
 * event_dialect: the interface of a dialect, one way to write HTTP as JSON, and
 * what the dialects share.  For event*.c alone.
 */
#ifndef BOUNCER_EVENT_DIALECT_H
#define BOUNCER_EVENT_DIALECT_H

#include "platform/event.h"

/*
 * Values in an event, or in a request inside one.  A client fills headers,
 * cookies and query parameters: at most 64 KB on any platform, at a few bytes a
 * value.  API Gateway v1 makes five values of one parameter.
 */
#define EVENT_MAX_VALUES 65536

struct event_dialect {
    const char *name;
    /* Whether the event has this dialect's shape. */
    bool (*recognize)(const struct json *root);
    bool (*read)(struct event *event, struct message_request *request,
                 struct error *err);
    void (*write)(const struct event *event,
                  const struct message_response *response,
                  struct json_writer *answer);
};

extern const struct event_dialect event_gateway_v2;
extern const struct event_dialect event_gateway_v1;
extern const struct event_dialect event_alb;
extern const struct event_dialect event_vercel;

/* An event that is not an HTTP request and asks for nothing: read is NULL. */
extern const struct event_dialect event_ping;

/* PATH without the STAGE that API Gateway puts in front of it. */
struct slice event_without_stage(struct slice path, struct slice stage);

/*
 * PATH without the base path of a custom domain.  RESOURCE, "/api/{proxy+}",
 * with its parameter filled in from PARAMETERS, is how PATH should end; what
 * stands before that is the base path.  Any other PATH is returned as it is.
 */
struct slice event_without_base_path(struct slice path, struct slice resource,
                                     const struct json *parameters);

/* Note a header field; its value is a string or an array of strings. */
void event_read_field(const struct json *field,
                      struct message_request *request);

/* Note all fields of OBJECT. */
void event_read_headers(const struct json *object,
                        struct message_request *request);

/*
 * Take BODY, a string or nothing, and decode it if it is BASE64.  A body of
 * another type is noted in REQUEST.  False with the reason in ERR if the base64
 * is malformed.
 */
bool event_read_body(struct event *event, const struct json *body, bool base64,
                     struct message_request *request, struct error *err);

/* Split PATH at its first '?' into the request's path and query. */
void event_split_path(struct slice path, struct message_request *request);

/*
 * Put the header fields into a new member KEY, one value for each name.  Fields
 * called set-cookie go into a member `cookies` before it, an array, or with
 * APART false where the others go.
 */
void event_write_headers(const struct message_response *response,
                         struct json_writer *answer, const char *key,
                         bool apart);

/* Whether there is a field called set-cookie. */
bool event_has_cookies(const struct message_response *response);

/* Put the fields into a new member KEY, an array of values for each name. */
void event_write_multi_headers(const struct message_response *response,
                               struct json_writer *answer, const char *key);

/* The response's body as a C string. */
const char *event_body_text(const struct message_response *response);

#endif
