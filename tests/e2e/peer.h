/*
 * peer: a server on loopback that does one scripted thing for each request, or
 * unasked when it is told to, in a process of its own.
 */
#ifndef BOUNCER_E2E_PEER_H
#define BOUNCER_E2E_PEER_H

#include <stdatomic.h>
#include <stddef.h>

#define PEER_REQUEST_MAX 4096

enum peer_action {
    PEER_ANSWER, /* send the text and keep the connection */
    PEER_CLOSE,  /* send the text, which may be "", and close it */
    PEER_STALL,  /* say nothing any more */
    /* Unasked, when peer_cue() says so, on the connection as it is: */
    PEER_SPEAK, /* send the text and keep the connection */
    PEER_LEAVE, /* send the text, which may be "", and close it */
};

struct peer_step {
    enum peer_action action;
    const char *text; /* bytes to send, the status line included */
};

/* What the peer has seen so far, in memory that both processes share. */
struct peer_seen {
    int connections;
    int requests;
    atomic_int cues;             /* given by peer_cue() */
    atomic_int unasked;          /* of them, those that are done */
    char last[PEER_REQUEST_MAX]; /* the last request, NUL-terminated */
};

struct peer {
    int pid;
    char address[64]; /* "127.0.0.1:4711" */
    char url[96];     /* "http://127.0.0.1:4711/" */
    struct peer_seen *seen;
};

/* Serve the STEPS in their order, then nothing any more. */
void peer_start(struct peer *peer, const struct peer_step steps[],
                size_t count);

/* Let the peer do its next step, which is unasked, and wait until it is done.
 */
void peer_cue(struct peer *peer);

void peer_stop(struct peer *peer);

#endif
