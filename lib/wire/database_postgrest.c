/* PostgREST and Supabase: POST <base>/rpc/<function> with named arguments. */
#include "wire/database_dialect.h"

static bool authorize(struct database *database, const char *secret)
{
    return buffer_append_format(&database->authorization[0],
                                "Authorization: Bearer %s", secret) &&
           buffer_append_format(&database->authorization[1], "apikey: %s",
                                secret);
}

static bool write(struct database *database, const struct database_call *call)
{
    struct json_document doc;
    struct json *root = json_new_object(&doc);
    bool written;

    for (size_t i = 0; i < call->argument_count; i++) {
        const struct database_argument *argument = &call->arguments[i];

        if (argument->text)
            json_add_string(&doc, root, argument->name, argument->text);
        else
            json_add_integer(&doc, root, argument->name, argument->integer);
    }
    written = json_print(&doc, &database->body) &&
              buffer_append_format(&database->url, "/rpc/%s", call->function);
    json_release(&doc);
    return written;
}

static const struct json *row(const struct json *root)
{
    return json_type(root) == JSON_OBJECT ? root : NULL;
}

const struct database_dialect database_postgrest = {
    .authorize = authorize,
    .write = write,
    .row = row,
};
