/*
 * health: whether a sale could succeed now, for people and after a deployment;
 * live: whether the function runs, for monitors and load balancers.
 */
#include "operations.h"

void health(struct bouncer *bouncer, struct message_response *res)
{
    const struct bouncer_health *found = bouncer_check_health(bouncer);
    struct json_document doc;
    struct json *report = json_new_object(&doc);

    json_add_string(&doc, report, "status",
                    found->healthy ? "ok" : "unavailable");
    /* A function whose configuration is not complete does not start. */
    json_add_string(&doc, report, "configuration", "complete");
    json_add_string(&doc, report, "kv", found->kv);
    json_add_string(&doc, report, "database", found->database);
    json_add_string(&doc, report, "time_limit", found->time_limit);
    message_json(res, found->healthy ? 200 : 503, &doc);
    if (!found->healthy)
        message_set_header(res, "retry-after", "1");
}

void live(struct bouncer *bouncer, struct message_response *res)
{
    struct json_document doc;
    struct json *report = json_new_object(&doc);

    (void)bouncer;
    json_add_string(&doc, report, "status", "ok");
    message_json(res, 200, &doc);
}
