/*
 * Requests and responses keep their header fields in arrays of fixed size, so a
 * look-up is a walk and nothing is allocated.  An answer that cannot be built
 * becomes a 500 with a constant body.
 */
#include "platform/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void message_add_header(struct message_request *request, struct slice name,
                        struct slice value)
{
    if (request->header_count == MESSAGE_REQUEST_HEADERS_MAX) {
        request->too_many_headers = true;
        return;
    }
    request->headers[request->header_count++] =
        (struct message_header){name, value};
}

struct slice message_header(const struct message_request *request,
                            const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (slice_is_ignoring_case(request->headers[i].name, name))
            return slice_trim(request->headers[i].value);
    }
    return (struct slice){0};
}

/* The next field of the walk's name; {NULL, 0} after the last. */
static struct slice next_field(struct message_values *values)
{
    const struct message_request *request = values->request;

    while (values->next < request->header_count) {
        const struct message_header *header = &request->headers[values->next++];

        if (slice_is_ignoring_case(header->name, values->name))
            return header->value;
    }
    return (struct slice){0};
}

/* How much of TEXT comes before its first comma outside of quotation marks. */
static size_t value_len(struct slice text)
{
    bool quoted = false;
    size_t len;

    for (len = 0; len < text.len && (quoted || text.at[len] != ','); len++) {
        if (text.at[len] == '"')
            quoted = !quoted;
        else if (quoted && text.at[len] == '\\' && len + 1 < text.len)
            len++;
    }
    return len;
}

bool message_next_value(struct message_values *values, struct slice *value)
{
    struct slice *rest = &values->rest;
    size_t len;

    if (!rest->at)
        *rest = next_field(values);
    if (!rest->at)
        return false;
    len = value_len(*rest);
    *value = slice_trim((struct slice){rest->at, len});
    if (len == rest->len)
        *rest = (struct slice){0};
    else
        *rest = (struct slice){rest->at + len + 1, rest->len - len - 1};
    return true;
}

static bool is_json_type(struct slice type)
{
    const char *semicolon = memchr(type.at, ';', type.len);

    if (semicolon)
        type.len = (size_t)(semicolon - type.at);
    type = slice_trim(type);
    if (slice_is_ignoring_case(type, "application/json"))
        return true;
    if (type.len <= strlen("+json"))
        return false;
    type.at += type.len - strlen("+json");
    type.len = strlen("+json");
    return slice_is_ignoring_case(type, "+json");
}

bool message_is_json(const struct message_request *request)
{
    struct message_values types = {.request = request, .name = "content-type"};
    struct slice type;
    bool is_json = false;

    while (message_next_value(&types, &type)) {
        is_json = is_json_type(type);
        if (!is_json)
            return false;
    }
    return is_json;
}

void message_response_init(struct message_response *res, size_t body_max_bytes)
{
    res->status = 0;
    res->header_count = 0;
    buffer_init(&res->body, body_max_bytes);
}

void message_response_clear(struct message_response *res)
{
    res->status = 0;
    res->header_count = 0;
    buffer_clear(&res->body);
}

void message_response_release(struct message_response *res)
{
    buffer_release(&res->body);
    message_response_clear(res);
}

static struct message_response_header *
header_called(struct message_response *res, const char *name)
{
    for (size_t i = 0; i < res->header_count; i++) {
        if (strcmp(res->headers[i].name, name) == 0)
            return &res->headers[i];
    }
    return NULL;
}

/* A new field; NULL if the table is full. */
static struct message_response_header *new_header(struct message_response *res)
{
    if (res->header_count == MESSAGE_RESPONSE_HEADERS_MAX)
        return NULL;
    return &res->headers[res->header_count++];
}

__attribute__((format(printf, 3, 0))) static void
write_header(struct message_response_header *header, const char *name,
             const char *format, va_list args)
{
    header->name = name;
    (void)vsnprintf(header->value, sizeof(header->value), format, args);
    for (char *at = header->value; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    }
}

void message_append_header(struct message_response *res, const char *name,
                           const char *format, ...)
{
    struct message_response_header *header = new_header(res);
    va_list args;

    va_start(args, format);
    if (header)
        write_header(header, name, format, args);
    va_end(args);
}

void message_set_header(struct message_response *res, const char *name,
                        const char *format, ...)
{
    struct message_response_header *header = header_called(res, name);
    va_list args;

    if (!header)
        header = new_header(res);
    va_start(args, format);
    if (header)
        write_header(header, name, format, args);
    va_end(args);
}

const char *message_response_header(const struct message_response *res,
                                    const char *name)
{
    for (size_t i = 0; i < res->header_count; i++) {
        if (strcmp(res->headers[i].name, name) == 0)
            return res->headers[i].value;
    }
    return NULL;
}

/* Answer without building a document: there was no memory for one. */
static void answer_out_of_memory(struct message_response *res)
{
    static const char body[] =
        "{\"type\":\"" MESSAGE_PROBLEM_TYPE "internal\","
        "\"title\":\"The answer could not be built\",\"status\":500}";

    res->status = 500;
    message_set_header(res, "content-type", "application/problem+json");
    buffer_clear(&res->body);
    if (!buffer_append(&res->body, body, sizeof(body) - 1))
        buffer_clear(&res->body);
}

struct json_writer message_begin(struct message_response *res)
{
    buffer_clear(&res->body);
    return json_write_object_into(&res->body);
}

static void answer(struct message_response *res, int status, const char *type,
                   struct json_writer *body)
{
    res->status = status;
    message_set_header(res, "content-type", "%s", type);
    if (!json_write_finish(body))
        answer_out_of_memory(res);
}

void message_json(struct message_response *res, int status,
                  struct json_writer *body)
{
    answer(res, status, "application/json", body);
}

void message_problem(struct message_response *res, int status, const char *type,
                     const char *title, const char *detail,
                     struct json_writer *body)
{
    char uri[sizeof(MESSAGE_PROBLEM_TYPE) + 64];

    (void)snprintf(uri, sizeof(uri), MESSAGE_PROBLEM_TYPE "%s", type);
    json_write_string(body, "type", uri);
    json_write_string(body, "title", title);
    json_write_integer(body, "status", status);
    if (detail)
        json_write_string(body, "detail", detail);
    answer(res, status, "application/problem+json", body);
}

const char *message_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {203, "Non-Authoritative Information"},
        {204, "No Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {423, "Locked"},
        {424, "Failed Dependency"},
        {425, "Too Early"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
        {511, "Network Authentication Required"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Unknown";
}
