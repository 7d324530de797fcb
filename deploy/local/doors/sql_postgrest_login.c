#include "sql_postgrest_login.h"

#include "sql_postgrest_error.h"

static void refuse_key(struct exchange *exchange, const char *message,
                       const char *hint)
{
    struct json_document doc;
    struct json *object = json_new_object(&doc);

    json_add_string(&doc, object, "message", message);
    json_add_string(&doc, object, "hint", hint);
    exchange_reply_json(exchange, 401, &doc);
}

bool sql_postgrest_login_check(struct exchange *exchange,
                               const char *service_key)
{
    struct slice key = exchange_header(exchange, "apikey");
    struct slice bearer = exchange_bearer(exchange);

    if (!key.at) {
        refuse_key(exchange, "No API key found in request",
                   "No `apikey` request header or url param was found.");
        return false;
    }
    if (!exchange_token_is(key, service_key)) {
        refuse_key(exchange, "Invalid API key",
                   "Double check your Supabase `anon` or `service_role` API "
                   "key.");
        return false;
    }
    if (exchange_token_is(bearer, service_key))
        return true;
    exchange_set_header(exchange, "WWW-Authenticate", "Bearer");
    sql_postgrest_error(exchange, 401, bearer.at ? "PGRST301" : "PGRST302",
                        bearer.at ? "JWSError JWSInvalidSignature"
                                  : "Anonymous access is disabled",
                        NULL, NULL);
    return false;
}
