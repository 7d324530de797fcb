/*
 * front_event: an HTTP request as the event of a gateway, and the function's
 * answer back, in the vendors' dialects.
 *
 *     apigw2     API Gateway HTTP API, payload 2.0, and Lambda function URL
 *     apigw1     API Gateway REST API, payload 1.0
 *     alb        Application Load Balancer
 *     alb-multi  the same with multi-value headers switched on
 *     vercel     Vercel's Invoke event
 *
 * The shapes are the documented ones:
 * docs.aws.amazon.com/apigateway, "Create AWS Lambda proxy integrations for
 * HTTP APIs" and "Lambda proxy integrations in API Gateway";
 * docs.aws.amazon.com/elasticloadbalancing, "Lambda functions as targets";
 * github.com/vercel/vercel, the bridge of its function runtimes.
 */
#ifndef BOUNCER_LOCAL_FRONT_EVENT_H
#define BOUNCER_LOCAL_FRONT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "platform/pairs.h"

/* A request as it came; all borrowed, all text is UTF-8. */
struct front_request {
    const char *method;
    const char *path;            /* not decoded, without the query */
    const char *query;           /* not decoded; "": none */
    const struct pairs *headers; /* names as they came */
    struct slice body;
    const char *client;     /* its IP address */
    int port;               /* that it called */
    const char *request_id; /* of the gateway */
    int64_t epoch_ms;       /* when it came */
};

/* An answer to be sent. */
struct front_answer {
    int status;
    char reason[64]; /* "": the usual one of the status */
    struct pairs headers;
    struct buffer body;
};

struct front_dialect {
    const char *name;
    size_t max_event_bytes;
    size_t max_answer_bytes;
    const char *content_type; /* of an answer that names none */
    /* Make DOC the event; a failure sticks to DOC. */
    void (*write)(const struct front_request *request,
                  struct json_document *doc);
    /* Take ANSWER out of the function's TEXT, parsed ROOT; false: invalid. */
    bool (*read)(const struct json *root, struct slice text,
                 struct front_answer *answer);
};

/* The dialect called NAME; NULL for NULL or an unknown one. */
const struct front_dialect *front_dialect_find(const char *name);

/* What a request gets that asks for none. */
const struct front_dialect *front_dialect_default(void);

/*
 * Append REQUEST as an event to EVENT, whose ceiling is the dialect's.  False
 * where it does not fit.
 */
__attribute__((warn_unused_result)) bool
front_event_write(const struct front_dialect *dialect,
                  const struct front_request *request, struct buffer *event);

/*
 * Read what the function answered into ANSWER, which the caller releases in
 * either case.  False with the reason in ERR where a gateway would reject it.
 */
__attribute__((warn_unused_result)) bool
front_answer_read(const struct front_dialect *dialect, struct slice text,
                  struct front_answer *answer, struct error *err);

void front_answer_release(struct front_answer *answer);

#endif
