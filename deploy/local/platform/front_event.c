/*
 * A table of dialects, each with a writer and a reader of its own.
 */
#include "platform/front_event.h"

#include <string.h>

#include "platform/front_parts.h"
#include "platform/runtime_api.h"

/* What an answer may hold; the bytes are the Runtime API's limit. */
#define ANSWER_DEPTH 64
#define ANSWER_VALUES 100000

static const struct front_dialect *const dialects[] = {
    &front_apigw2, &front_apigw1, &front_alb, &front_alb_multi, &front_vercel,
};

const struct front_dialect *front_dialect_find(const char *name)
{
    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        if (name != NULL && strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    }
    return NULL;
}

const struct front_dialect *front_dialect_default(void)
{
    return &front_apigw2;
}

bool front_event_write(const struct front_dialect *dialect,
                       const struct front_request *request,
                       struct buffer *event)
{
    struct json_document doc;
    bool written;

    dialect->write(request, &doc);
    written = json_print(&doc, event);
    json_release(&doc);
    return written;
}

bool front_answer_read(const struct front_dialect *dialect, struct slice text,
                       struct front_answer *answer, struct error *err)
{
    const struct json_limits limits = {
        .max_bytes = RUNTIME_API_ANSWER_MAX,
        .max_depth = ANSWER_DEPTH,
        .max_values = ANSWER_VALUES,
    };
    struct json_document doc;
    bool taken;

    *answer = (struct front_answer){.status = 0};
    buffer_init(&answer->body, RUNTIME_API_ANSWER_MAX);
    if (text.len > dialect->max_answer_bytes) {
        error_set(err, "%zu bytes are too many", text.len);
        return false;
    }
    if (!json_parse(&doc, text, &limits, err))
        return false;
    taken = dialect->read(doc.root, text, answer);
    json_release(&doc);
    if (!taken)
        error_set(err, "it is no answer that %s understands", dialect->name);
    return taken;
}

void front_answer_release(struct front_answer *answer)
{
    pairs_release(&answer->headers);
    buffer_release(&answer->body);
}
