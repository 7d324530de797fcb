/*
 * Field lines are kept as one text and searched on demand, since callers read
 * a few fields of an answer at most.
 */
#include "wire/transport.h"

#include <string.h>
#include <strings.h>

/* Field lines of one answer; servers send a few hundred bytes. */
#define HEADERS_MAX_BYTES (32UL * 1024)

void transport_response_init(struct transport_response *response,
                             size_t body_max_bytes)
{
    response->status = 0;
    response->sends = 0;
    response->too_large = false;
    buffer_init(&response->headers, HEADERS_MAX_BYTES);
    buffer_init(&response->body, body_max_bytes);
}

void transport_response_clear(struct transport_response *response)
{
    response->status = 0;
    response->sends = 0;
    response->too_large = false;
    buffer_clear(&response->headers);
    buffer_clear(&response->body);
}

void transport_response_release(struct transport_response *response)
{
    buffer_release(&response->headers);
    buffer_release(&response->body);
    transport_response_clear(response);
}

struct slice
transport_response_header(const struct transport_response *response,
                          const char *name)
{
    struct slice left = buffer_slice(&response->headers);
    size_t name_len = strlen(name);

    while (left.len) {
        const char *end = memchr(left.at, '\n', left.len);
        size_t line_len = end ? (size_t)(end - left.at) : left.len;

        if (line_len > name_len && left.at[name_len] == ':' &&
            strncasecmp(left.at, name, name_len) == 0)
            return slice_trim((struct slice){left.at + name_len + 1,
                                             line_len - name_len - 1});
        left.at += line_len + (end ? 1 : 0);
        left.len -= line_len + (end ? 1 : 0);
    }
    return (struct slice){0};
}

void transport_response_add_header(struct transport_response *response,
                                   struct slice line)
{
    struct buffer *headers = &response->headers;

    if (line.len >= 5 && memcmp(line.at, "HTTP/", 5) == 0) {
        buffer_clear(headers);
        return;
    }
    while (line.len &&
           (line.at[line.len - 1] == '\r' || line.at[line.len - 1] == '\n'))
        line.len--;
    if (line.len && buffer_reserve(headers, line.len + 1))
        (void)(buffer_append(headers, line.at, line.len) &&
               buffer_append(headers, "\n", 1));
}

enum transport_result
transport_exchange(struct transport *transport,
                   const struct transport_request *request,
                   struct transport_response *response, struct error *err)
{
    transport_response_clear(response);
    return transport->exchange(transport->state, request, response, err);
}
