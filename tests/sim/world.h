/*
 * world: one history: instances, buyers, a store and a database, in virtual
 * time, all from one seed.
 *
 *     world = world_new(operations);
 *     world_play(world, &setting);        as often as you like
 *     world->auditor.broken ...
 *     world_free(world);
 *
 *     buyers.c -> machine.c (an instance: the real lib/) -> network.c ->
 * stand-ins
 *
 * The parts know each other through this struct.  auditor.c looks on.
 */
#ifndef BOUNCER_SIM_WORLD_H
#define BOUNCER_SIM_WORLD_H

#include <stdio.h>

#include "auditor.h"
#include "fate.h"
#include "guard/operation.h"
#include "machine.h"
#include "mutant.h"
#include "plan.h"
#include "stand_in_kv.h"
#include "stand_in_sql.h"
#include "timeline.h"
#include "weather.h"

#define WORLD_MACHINES 8
#define WORLD_BUYERS 54
#define WORLD_ATTEMPTS 1024
#define WORLD_NAME_MAX AUDITOR_NAME_MAX

/* Products from this number on are invented. */
#define WORLD_INVENTED 98

/* For each of these numbers of permits the operations are read once. */
#define WORLD_PERMITS 3
extern const int world_permits[WORLD_PERMITS];

enum wish {
    WISH_TICKET = 0, /* bought at once, or held */
    WISH_NAME,
    WISH_RESTOCK,
    WISH_PAY,    /* a held order: a payment provider's message */
    WISH_CANCEL, /* an order */
};

/* What a buyer wants, and what it knows. */
struct buyer {
    struct world *world;
    int number;
    enum wish wish;
    bool holds;      /* a ticket before it pays */
    bool learns_key; /* takes over the key that a 504 shows */
    char name[24];
    int64_t product, quantity;
    int64_t target;           /* the order that is paid for or cancelled */
    char payment[24];         /* "": it has no name */
    char key[WORLD_NAME_MAX]; /* "": none */
    char body[256];
    int attempts;
    bool told;     /* a definite answer: yes or no */
    bool gave_up;  /* stopped before that */
    int64_t order; /* that it was told of; 0: none */
    const struct attempt *told_by;
};

/* A lock that was asked for: the product's, the name's or the key's. */
struct asked_lock {
    char name[WORLD_NAME_MAX];
    char token[33];
    char shown[33];   /* whose token the store showed last */
    int64_t asked_us; /* when the store was asked about it last */
    int64_t set_us;   /* when it was set */
    int64_t until_us; /* by the store; 0: it has none, or no more */
    int64_t lease_us; /* likewise, but for its own release */
};

enum { LOCK_OF_NAME = 0, LOCK_OF_KEY };

/* One request of a buyer, and what is known of it. */
struct attempt {
    struct world *world;
    struct buyer *buyer;
    int number; /* of this buyer's */
    struct machine *machine;
    char key[WORLD_NAME_MAX]; /* as sent; else as the answer shows it */
    bool sent_key;
    int64_t began_us, answered_us;
    unsigned exchanges, database_calls;
    bool over;      /* finished, or its instance is dead */
    bool frozen;    /* the instance stood still at some time */
    bool disturbed; /* the wire or the store took its lock or its answer */
    bool troubled;  /* anything at all went wrong */
    /* Its locks. */
    struct asked_lock locks[2];
    bool replays;       /* it asked for the key's lock */
    char tokens[4][33]; /* different ones only */
    bool saw_sign;      /* that counts, when it looked last */
    /* What the database told it. */
    int64_t told_fence;   /* the highest one, with "stale" */
    char told_closed[32]; /* the sign to be put up; "": none */
    int64_t told_us;
    bool was_sold_out;
    int64_t opened_us; /* when it brought tickets back; 0: it did not */
    /* Its answer. */
    int status;    /* 0: none */
    char type[64]; /* of a problem */
    int64_t order, retry_after_ms;
    bool has_retry_after, replayed;
    bool marked; /* its key was, then */
};

struct world_setting {
    struct plan_options plan;
    enum mutant mutant;
    FILE *story; /* in words; NULL: nowhere */
};

struct world {
    const struct operations *operations; /* WORLD_PERMITS */
    struct world_setting setting;
    struct plan plan;
    struct timeline timeline;
    struct weather weather;
    struct stand_in_kv kv[2];      /* the second one: during a split */
    struct stand_in_kv remembered; /* before a rollback */
    struct stand_in_sql sql;
    struct machine machines[WORLD_MACHINES];
    struct buyer buyers[WORLD_BUYERS];
    int buyer_count;
    struct attempt attempts[WORLD_ATTEMPTS];
    int attempt_count;
    struct exchange *exchanges; /* all of this history, the last one first */
    struct exchange *serving;   /* whose question a stand-in reads */
    struct auditor auditor;
    uint64_t digest; /* of all that was seen */
};

/* OPERATIONS: one for each of world_permits. */
struct world *world_new(const struct operations operations[WORLD_PERMITS]);
void world_free(struct world *world);

/* Play one history, to its end or to the first broken promise. */
void world_play(struct world *world, const struct world_setting *setting);

/* The lock that ATTEMPT asked for last. */
struct asked_lock *world_lock(struct attempt *attempt);

/* What the SQL function is called that ATTEMPT's request ends in. */
const char *world_call(const struct attempt *attempt);

/* The operations that are played. */
const struct operations *world_operations(const struct world *world);

/* Whether all trouble is over. */
bool world_is_calm(const struct world *world);

/* Who has TOKEN; NULL if nobody has. */
struct attempt *world_owner(struct world *world, const char *token);

/* Tell the story: a line with the time, tokens replaced by whose they are. */
__attribute__((format(printf, 2, 3))) void world_tell(struct world *world,
                                                      const char *format, ...);

#endif
