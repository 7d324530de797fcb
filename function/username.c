/* username: reserve a name for whoever asks first. */
#include "operations.h"

const struct field username_fields[2] = {
    {.name = "username",
     .type = FIELD_STRING,
     .required = true,
     .min = 3,
     .max = 30,
     .names_lock = true},
    {.name = "user",
     .type = FIELD_STRING,
     .required = true,
     .min = 1,
     .max = 200},
};

static void answer_reserved(const struct bouncer *bouncer, int status,
                            struct message_response *res)
{
    struct json_document doc;
    struct json *reservation = json_new_object(&doc);

    json_add_string(&doc, reservation, "username",
                    bouncer_field(bouncer, "username")->text);
    json_add_string(&doc, reservation, "user",
                    bouncer_field(bouncer, "user")->text);
    message_json(res, status, &doc);
}

void username(struct bouncer *bouncer, struct message_response *res)
{
    struct slice outcome;

    if (!bouncer_run(bouncer, "reserve_username", &outcome, res))
        return;
    if (slice_is(outcome, "reserved")) {
        answer_reserved(bouncer, 201, res);
    } else if (slice_is(outcome, "replayed")) {
        answer_reserved(bouncer, 200, res);
        message_set_header(res, "idempotent-replayed", "true");
    } else if (slice_is(outcome, "taken")) {
        message_problem(res, 409, "taken", "The username is taken",
                        "Asking again does not help; choose another.");
    }
}
