/* health: for load balancers and people, whether a sale could work now. */
#include "operations.h"

static const char *word(bool fine)
{
    return fine ? "ok" : "unavailable";
}

void health(struct bouncer *bouncer, struct message_response *res)
{
    const struct bouncer_health *stores = bouncer_check_health(bouncer);
    const bool fine = stores->kv && stores->database;
    struct json_document doc;
    struct json *report = json_new_object(&doc);

    json_add_string(&doc, report, "status", word(fine));
    /* A function whose configuration is not complete does not start. */
    json_add_string(&doc, report, "configuration", "complete");
    json_add_string(&doc, report, "kv", word(stores->kv));
    json_add_string(&doc, report, "database", word(stores->database));
    message_json(res, fine ? 200 : 503, &doc);
    if (!fine)
        message_set_header(res, "retry-after", "1");
}
