/*
 * machine: one instance of the function: lib/ as function/main.c puts it
 * together, on a fiber, with the simulation behind its seams.
 *
 * It runs runtime_run, so an event comes as JSON and an answer goes as JSON.
 * It is frozen while it waits for an event.  A killed machine's code runs on to
 * its end at once, but nothing that it does reaches anybody; so nothing is
 * abandoned half-way, and what is lost at the end was leaked.
 */
#ifndef BOUNCER_SIM_MACHINE_H
#define BOUNCER_SIM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "dice.h"
#include "fiber.h"
#include "guard/bouncer.h"
#include "guard/lock_store_kv.h"
#include "platform/runtime.h"

struct attempt;
struct world;

/* What callers send where operations.json wants a secret. */
#define MACHINE_CALLERS_SECRET "callers-secret"

struct machine {
    struct world *world;
    int number;
    struct fiber fiber;
    bool started, dead;
    bool asks;      /* waits for an event */
    uint64_t waits; /* its pauses so far: a late alarm wakes nobody */
    unsigned lives; /* a new instance in the place of a dead one */
    int64_t born_us;
    int ppm;                 /* how much too fast its clock runs */
    struct dice dice;        /* of its random bytes */
    struct attempt *attempt; /* being served */
    /* For the auditor. */
    int silences;      /* acquiring: questions in a row without an answer */
    int64_t silent_us; /* the last of these */
    int64_t misled_us; /* when it last took an old or a foreign answer as new */
    /* As in struct function of function/main.c. */
    struct clock clock;
    struct log log;
    struct transport api, store, database_api;
    struct runtime runtime;
    struct kv kv;
    struct database database;
    struct lock_store_kv lock_store;
    struct lock_client locks;
    struct instance instance;
    struct request request;
};

void machine_init(struct machine *machine, struct world *world, int number);
void machine_release(struct machine *machine);

/* Serve ATTEMPT; a machine that is not started is. */
void machine_serve(struct machine *machine, struct attempt *attempt);

/* Whether it could serve a request now. */
bool machine_is_free(const struct machine *machine);

/* End it at once, wherever it is.  Not from its own fiber: see `dead`. */
void machine_kill(struct machine *machine);

/*
 * From its own fiber: stand still until somebody wakes it, or for a while.
 * They return at once if it is dead.
 */
void machine_pause(struct machine *machine);
void machine_pause_until(struct machine *machine, int64_t until_us);

/* Wake it from pause number WAIT, if it is still in that. */
void machine_wake(struct machine *machine, uint64_t wait);

#endif
