/*
 * network: the way between the instances and the stores, with all that can
 * become of a question and an answer there.
 */
#ifndef BOUNCER_SIM_NETWORK_H
#define BOUNCER_SIM_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "fate.h"
#include "served.h"
#include "wire/transport.h"

struct attempt;
struct machine;
struct world;

struct exchange {
    struct exchange *next; /* the one before it in this history */
    struct world *world;
    struct machine *machine;
    struct attempt *attempt;
    enum server server;
    unsigned number; /* of the attempt's */
    bool list;       /* of commands */
    bool pipeline;   /* ... that are not one moment */
    struct buffer question;
    struct fate fate;
    int64_t timeout_us;
    uint64_t wait; /* which pause of the machine it ends */
    bool settled;  /* the machine does not wait for it any more */
    bool pending;  /* the database may still carry it out */
    bool working;  /* ... is at it */
    unsigned restarts;
    bool frozen_before;
    bool misleads; /* the store's answer is another request's */
    enum transport_result result;
    struct served piped[2]; /* of each copy of a pipeline, so far */
    struct served answer;   /* what reaches the machine */
};

/* A transport's exchange, from the machine's own fiber. */
enum transport_result network_exchange(struct machine *machine,
                                       enum server server,
                                       const struct transport_request *request,
                                       struct transport_response *response,
                                       struct error *err);

/* Forget all exchanges of a history. */
void network_clear(struct world *world);

#endif
