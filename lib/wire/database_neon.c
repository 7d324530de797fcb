/* Neon's SQL over HTTP: {"query": "... $1 ...", "params": ["...", ...]}. */
#include <stdio.h>

#include "wire/database_dialect.h"

static bool authorize(struct database *database, const char *secret)
{
    return buffer_append_format(&database->authorization[0],
                                "Neon-Connection-String: %s", secret);
}

/* SELECT f(a => $1, b => $2) AS answer */
static bool write_query(struct buffer *query, const struct database_call *call)
{
    buffer_clear(query);
    if (!buffer_append_format(query, "SELECT %s(", call->function))
        return false;
    for (size_t i = 0; i < call->argument_count; i++) {
        if (!buffer_append_format(query, "%s\"%s\" => $%zu", i ? ", " : "",
                                  call->arguments[i].name, i + 1))
            return false;
    }
    return buffer_append_text(query, ") AS answer");
}

static void add_parameter(struct json_document *doc, struct json *params,
                          const struct database_argument *argument)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%lld",
                   (long long)argument->integer);
    json_add_string(doc, params, NULL,
                    argument->text ? argument->text : digits);
}

static bool write(struct database *database, const struct database_call *call)
{
    struct json_document doc;
    struct json *root;
    struct json *params;
    bool written;

    if (!write_query(&database->query, call))
        return false;
    root = json_new_object(&doc);
    json_add_string(&doc, root, "query", database->query.data);
    params = json_add_array(&doc, root, "params");
    for (size_t i = 0; i < call->argument_count; i++)
        add_parameter(&doc, params, &call->arguments[i]);
    written = json_print(&doc, &database->body);
    json_release(&doc);
    return written;
}

static const struct json *row(const struct json *root)
{
    const struct json *first = json_at(json_get(root, "rows"), 0);
    const struct json *answer = json_get(first, "answer");

    return json_type(answer) == JSON_OBJECT ? answer : NULL;
}

const struct database_dialect database_neon = {
    .authorize = authorize,
    .write = write,
    .row = row,
};
