/*
 * The answers are those of two programs: Supabase's gateway checks apikey, and
 * PostgREST behind it the bearer token.
 */
#include "doors/sql_postgrest_login.h"

#include "doors/sql_postgrest_error.h"

#define JWT_PARTS 3

static void reject_key(struct exchange *exchange, const char *message,
                       const char *hint)
{
    struct json_document doc;
    struct json *object = json_new_object(&doc);

    json_add_string(&doc, object, "message", message);
    json_add_string(&doc, object, "hint", hint);
    exchange_reply_json(exchange, 401, &doc);
}

/* JSON Web Tokens have three parts; a key such as sb_secret_... has one. */
static int count_parts(struct slice token)
{
    int parts = 1;

    for (size_t i = 0; i < token.len; i++)
        parts += token.at[i] == '.';
    return parts;
}

static void reject_bearer(struct exchange *exchange, struct slice bearer)
{
    struct error message;

    exchange_set_header(exchange, "WWW-Authenticate", "Bearer");
    if (!bearer.at) {
        sql_postgrest_error(exchange, 401, "PGRST302",
                            "Anonymous access is disabled", NULL, NULL);
        return;
    }
    if (count_parts(bearer) == JWT_PARTS)
        error_set(&message, "JWSError JWSInvalidSignature");
    else
        error_set(&message, "Expected 3 parts in JWT; got %d",
                  count_parts(bearer));
    sql_postgrest_error(exchange, 401, "PGRST301", message.text, NULL, NULL);
}

bool sql_postgrest_login_check(struct exchange *exchange,
                               const char *service_key)
{
    bool is_jwt = count_parts(slice_of(service_key)) == JWT_PARTS;
    struct slice key = exchange_header(exchange, "apikey");
    struct slice authorization = exchange_header(exchange, "Authorization");
    struct slice bearer = exchange_bearer(exchange);

    if (!key.at) {
        reject_key(exchange, "No API key found in request",
                   "No `apikey` request header or url param was found.");
        return false;
    }
    if (!exchange_token_is(key, service_key)) {
        reject_key(exchange, "Invalid API key",
                   "Double check your Supabase `anon` or `service_role` API "
                   "key.");
        return false;
    }
    if ((!authorization.at && !is_jwt) ||
        exchange_token_is(bearer, service_key))
        return true;
    reject_bearer(exchange, bearer);
    return false;
}
