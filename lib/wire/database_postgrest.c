/*
 * PostgREST and Supabase: POST <base>/rpc/<function> with named arguments.
 *
 * PostgREST's own codes begin with PGRST and a digit for their group, which
 * decides; the exceptions stand before their group in the table.
 */
#include <string.h>

#include "base/json.h"
#include "wire/database_dialect.h"

/* A JSON Web Token has three parts, the first an object in base64url. */
static bool is_jwt(const char *key)
{
    size_t dots = 0;

    for (const char *at = key; *at; at++)
        dots += *at == '.';
    return strncmp(key, "eyJ", 3) == 0 && dots == 2;
}

static bool authorize(struct database *database, const char *secret)
{
    return buffer_append_text(&database->hidden[0], secret) &&
           buffer_append_format(&database->authorization[0], "apikey: %s",
                                secret) &&
           (!is_jwt(secret) ||
            buffer_append_format(&database->authorization[1],
                                 "Authorization: Bearer %s", secret));
}

static void add_argument(struct json_writer *body,
                         const struct database_argument *argument)
{
    switch (argument->type) {
    case DATABASE_NULL:
        json_write_null(body, argument->name);
        break;
    case DATABASE_TEXT:
        json_write_string(body, argument->name, argument->text);
        break;
    case DATABASE_INTEGER:
        json_write_integer(body, argument->name, argument->integer);
        break;
    case DATABASE_BOOLEAN:
        json_write_bool(body, argument->name, argument->integer);
        break;
    }
}

static bool write(const struct database_call *call, struct buffer *url,
                  struct buffer *body)
{
    struct json_writer arguments = json_write_object_into(body);

    for (size_t i = 0; i < call->argument_count; i++)
        add_argument(&arguments, &call->arguments[i]);
    return json_write_finish(&arguments) &&
           buffer_append_format(url, "/rpc/%s", call->function);
}

static const struct json *row(const struct json *root)
{
    return json_type(root) == JSON_OBJECT ? root : NULL;
}

/*
 * PostgREST documentation, "Errors": groups 0 (no connection), 1 (the request),
 * 2 (the schema) and 3 (the token) fail before the call, except 001, a lost
 * connection.  303 is about the token's claims; an error of a clock is
 * temporary.
 */
static const struct {
    const char *prefix;
    enum database_result result;
} codes[] = {
    {"PGRST001", DATABASE_UNKNOWN},     {"PGRST0", DATABASE_UNAVAILABLE},
    {"PGRST303", DATABASE_UNAVAILABLE}, {"PGRST202", DATABASE_NO_FUNCTION},
    {"PGRST1", DATABASE_SQL_ERROR},     {"PGRST2", DATABASE_SQL_ERROR},
    {"PGRST3", DATABASE_SQL_ERROR},
};

/* PostgREST 13 and older have no code for it, only these texts. */
static bool is_too_early(struct slice message)
{
    return message.at && (strstr(message.at, "issued at future") ||
                          strstr(message.at, "JWTIssuedAtFuture"));
}

/* Supabase's status for a paused project. */
#define PROJECT_PAUSED 540

static enum database_result judge(const struct database_failure *failure)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (!failure->code.at || strncmp(failure->code.at, codes[i].prefix,
                                         strlen(codes[i].prefix)) != 0)
            continue;
        return codes[i].result == DATABASE_SQL_ERROR &&
                       is_too_early(failure->message)
                   ? DATABASE_UNAVAILABLE
                   : codes[i].result;
    }
    return failure->status == PROJECT_PAUSED ? DATABASE_UNAVAILABLE
                                             : DATABASE_UNKNOWN;
}

const struct database_dialect database_postgrest = {
    .authorize = authorize,
    .write = write,
    .row = row,
    .judge = judge,
};
