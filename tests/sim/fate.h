/*
 * fate: what becomes of one exchange with a store on its way there and back.
 */
#ifndef BOUNCER_SIM_FATE_H
#define BOUNCER_SIM_FATE_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"

enum server { SERVER_STORE = 0, SERVER_DATABASE, SERVERS };

struct fate {
    const char *words;  /* what goes wrong, for people; NULL: nothing */
    bool not_sent;      /* refused, no address */
    bool question_lost; /* the time limit ends the wait */
    bool answer_lost;   /* likewise, after the work */
    bool cut;           /* it is lost, and that is seen at once */
    bool foreign;       /* the answer is another request's */
    bool before_work;   /* `status` is said in place of the work (the second) */
    int status;         /* said in place of the true answer; 0: it is not */
    const char *body;   /* likewise */
    int sends;          /* by the transport itself */
    int64_t question_us; /* on the way there */
    int64_t work_us;     /* the database's */
    int64_t answer_us;   /* on the way back */
    int64_t between_us;  /* a pipeline's commands, by the store */
    int64_t again_us;    /* carried out again so much later; 0: it is not */
};

/* How many kinds of faults there are: 0 to FATE_FAULTS - 1. */
#define FATE_FAULTS 13

/* The fate of an exchange: its KEY names buyer, attempt and number. */
void fate_draw(struct fate *fate, struct plan *plan, enum server server,
               uint64_t key, bool calm);

#endif
