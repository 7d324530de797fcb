/* line: one channel of the real transport and what it was answered. */
#ifndef BOUNCER_E2E_LINE_H
#define BOUNCER_E2E_LINE_H

#include "wire/http.h"

#define OK(body, len)                                                          \
    "HTTP/1.1 200 OK\r\nContent-Length: " len "\r\nX-Word: yes \r\n\r\n" body
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct line {
    struct http_session *session;
    struct transport *transport;
    struct transport_response res;
    struct error err;
};

void open_line(struct line *line, const char *ca_file, bool plain);

void close_line(struct line *line);

/* One exchange with URL, which takes half a second at most. */
enum transport_result post(struct line *line, const char *url);

#endif
