/*
 * Neon's SQL over HTTP: {"query": "... $1 ...", "params": ["...", ...]}.
 *
 * A parameter goes as null or as text, which PostgreSQL reads as the function's
 * type.  The proxy's failures have no useful codes, so its texts are matched.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/url.h"
#include "wire/database_dialect.h"

/* The password in a connection string; all of it if none is found. */
static struct slice password_of(const char *connection)
{
    const char *user = strstr(connection, "://");
    const char *colon = user ? strchr(user + 3, ':') : NULL;
    const char *end = colon ? strrchr(colon, '@') : NULL;

    if (!end)
        return slice_of(connection);
    return (struct slice){colon + 1, (size_t)(end - colon - 1)};
}

/*
 * The proxy and the database may repeat the password encoded or decoded.  One
 * with a bare % is not encoded.
 */
static bool authorize(struct database *database, const char *secret)
{
    const struct slice password = password_of(secret);

    if (!url_decode(password, false, &database->hidden[1]))
        buffer_clear(&database->hidden[1]);
    return buffer_append_format(&database->authorization[0],
                                "Neon-Connection-String: %s", secret) &&
           buffer_append(&database->hidden[0], password.at, password.len);
}

/* SELECT f("a" => $1, "b" => $2) AS answer */
static void add_query(struct json_writer *body,
                      const struct database_call *call)
{
    char place[32];

    json_write_begin_string(body, "query");
    json_write_part(body, "SELECT ");
    json_write_part(body, call->function);
    json_write_part(body, "(");
    for (size_t i = 0; i < call->argument_count; i++) {
        (void)snprintf(place, sizeof(place), "\" => $%zu", i + 1);
        json_write_part(body, i ? ", \"" : "\"");
        json_write_part(body, call->arguments[i].name);
        json_write_part(body, place);
    }
    json_write_part(body, ") AS answer");
    json_write_end_string(body);
}

static void add_parameter(struct json_writer *body,
                          const struct database_argument *argument)
{
    char digits[24];

    switch (argument->type) {
    case DATABASE_NULL:
        json_write_null(body, NULL);
        break;
    case DATABASE_TEXT:
        json_write_string(body, NULL, argument->text);
        break;
    case DATABASE_INTEGER:
        (void)snprintf(digits, sizeof(digits), "%lld",
                       (long long)argument->integer);
        json_write_string(body, NULL, digits);
        break;
    case DATABASE_BOOLEAN:
        json_write_string(body, NULL, argument->integer ? "true" : "false");
        break;
    }
}

/* There is one URL for all functions. */
static bool write(const struct database_call *call, struct buffer *url,
                  struct buffer *body)
{
    struct json_writer request = json_write_object_into(body);

    (void)url;
    add_query(&request, call);
    json_write_array(&request, "params");
    for (size_t i = 0; i < call->argument_count; i++)
        add_parameter(&request, &call->arguments[i]);
    return json_write_finish(&request);
}

static const struct json *row(const struct json *root)
{
    const struct json *first = json_at(json_get(root, "rows"), 0);
    const struct json *answer = json_get(first, "answer");

    return json_type(answer) == JSON_OBJECT ? answer : NULL;
}

/*
 * What the proxy says before it has a connection to the database, and so before
 * the query (neondatabase/neon, proxy/src: control_plane/errors.rs and
 * messages.rs, compute/mod.rs, auth/mod.rs).  A message matches if it contains
 * `words` and then, somewhere behind it, `further`.
 */
static const struct {
    const char *words;
    const char *further;
    enum database_result result;
} texts[] = {
    {"Control plane request failed", "", DATABASE_UNAVAILABLE},
    {"Couldn't connect to compute node", "", DATABASE_UNAVAILABLE},
    {"Too many connections attempts", "", DATABASE_UNAVAILABLE},
    {"Failed to acquire permit to connect", "", DATABASE_UNAVAILABLE},
    {"The requested endpoint could not be found", "", DATABASE_UNAVAILABLE},
    {"has exceeded the ", "quota", DATABASE_UNAVAILABLE},
    {"password authentication failed", "", DATABASE_SQL_ERROR},
};

/* Where the proxy gives its texts a code, it is XX000. */
static enum database_result judge(const struct database_failure *failure)
{
    if (!failure->message.at ||
        (failure->code.len && !slice_is(failure->code, "XX000")))
        return DATABASE_UNKNOWN;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *found = strstr(failure->message.at, texts[i].words);

        if (found && strstr(found, texts[i].further))
            return texts[i].result;
    }
    return DATABASE_UNKNOWN;
}

const struct database_dialect database_neon = {
    .authorize = authorize,
    .write = write,
    .row = row,
    .judge = judge,
};
