#include "line.h"

#include <criterion/criterion.h>
#include <string.h>

void open_line(struct line *line, const char *ca_file, bool plain)
{
    memset(line, 0, sizeof(*line));
    line->session = http_session_new(
        &(struct http_session_options){.ca_file = ca_file}, &line->err);
    cr_assert(line->session, "%s", line->err.text);
    line->transport = http_session_channel(line->session, plain, &line->err);
    cr_assert(line->transport, "%s", line->err.text);
    transport_response_init(&line->res, 64);
}

void close_line(struct line *line)
{
    transport_response_release(&line->res);
    http_session_free(line->session);
}

enum transport_result post(struct line *line, const char *url)
{
    static const char *const headers[] = {"Authorization: Bearer s3cret",
                                          "Content-Type: application/json"};

    return transport_exchange(line->transport,
                              &(struct transport_request){
                                  .method = "POST",
                                  .url = url,
                                  .headers = headers,
                                  .header_count = COUNT(headers),
                                  .body = slice_of("{}"),
                                  .timeout_ms = 500,
                              },
                              &line->res, &line->err);
}
