/*
 * head: reads the head of an HTTP/1 request, line by line (RFC 9112).
 *
 * A rejection says what is wrong with it: a text constant of the form "STATUS
 * REASON: DETAIL".
 */
#ifndef BOUNCER_LOCAL_HEAD_H
#define BOUNCER_LOCAL_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct head {
    size_t line_len; /* of the request line; 0: it has not come yet */
    bool version_1_0;
    bool bodiless; /* HEAD or TRACE, whose body evhttp would not read */
    bool is_head;
    bool chunked;
    bool expects; /* 100 (Continue) */
    int hosts;
    int64_t content_length; /* -1: none was said */
};

/* An empty head. */
#define HEAD_DEFAULTS ((struct head){.content_length = -1})

/*
 * Take the next LINE, not empty and without its end, into HEAD.  NULL, or the
 * rejection.
 */
__attribute__((warn_unused_result)) const char *head_take(struct head *head,
                                                          const char *line);

/* Whether the whole HEAD makes sense: NULL, or the rejection. */
__attribute__((warn_unused_result)) const char *
head_check(const struct head *head);

#endif
