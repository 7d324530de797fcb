/*
 * next: how a function asks the Runtime API for an event, over a bare socket.
 */
#ifndef BOUNCER_BENCH_NEXT_H
#define BOUNCER_BENCH_NEXT_H

#define NEXT                                                                   \
    "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"                     \
    "Host: 127.0.0.1\r\n\r\n"

#endif
