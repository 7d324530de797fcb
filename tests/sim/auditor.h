/*
 * auditor: sees all that happens in a history and holds it against what is
 * promised.  The promises are a table in auditor.c, each with the moment at
 * which it is looked at.
 */
#ifndef BOUNCER_SIM_AUDITOR_H
#define BOUNCER_SIM_AUDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stand_in_sql.h"

#define AUDITOR_LOCKS 40
#define AUDITOR_PRODUCTS 8
#define AUDITOR_NAME_MAX 136

struct attempt;
struct exchange;
struct stand_in_kv_watcher;
struct world;

enum moment {
    MOMENT_CALL = 1,       /* an instance is about to call the database */
    MOMENT_WORK = 2,       /* the database begins a call */
    MOMENT_DONE = 4,       /* ... has carried it out */
    MOMENT_RELEASE = 8,    /* a client's command has deleted a lock */
    MOMENT_LOCK = 16,      /* ... has set one, a sign or a marker */
    MOMENT_ANSWER = 32,    /* an instance has posted its answer */
    MOMENT_FINISH = 64,    /* ... has done what was left after that */
    MOMENT_DEADLINE = 128, /* the platform ends an instance at work */
    MOMENT_END = 256,      /* all is quiet, and every lease is over */
    MOMENT_ASK = 512,      /* an instance is about to ask the store */
};

struct auditor {
    const char *broken; /* the promise that was broken first; NULL: none */
    /* The highest fence that the database accepted, for each lock. */
    struct {
        char name[AUDITOR_NAME_MAX];
        int64_t fence;
        bool lost_counter; /* it was taken away, too late */
    } accepted[AUDITOR_LOCKS];
    /* Of each product that there is: see promises_sign.c. */
    struct {
        int64_t restocked_us; /* when it got tickets, last; 0: never */
        int64_t empty_us;     /* when none were left, last */
        /* None are left now, but a hold lapses then; 0: some are left. */
        int64_t empty_until_us;
        int64_t put_up_us;         /* when a sign was put up, last */
        int64_t longest_put_up_us; /* from the row to its sign in the store */
    } signs[AUDITOR_PRODUCTS];
    enum stand_in_sql_state states[STAND_IN_SQL_ORDERS]; /* so far */
};

/* The facts of a moment; what does not belong to it is NULL. */
struct facts {
    struct world *world;
    struct attempt *attempt;
    struct exchange *exchange;
    const char *text;   /* the token that a deleted lock held */
    int64_t expires_us; /* of what was set; 0: never */
};

/* The last moment so far at which none of PRODUCT was left; 0: never. */
int64_t auditor_empty_us(const struct world *world,
                         const struct stand_in_sql_product *product);

/* Hold what is promised for MOMENT against FACTS. */
void auditor_see(enum moment moment, const struct facts *facts);

/* Read the lock's name and token from a question to the store. */
void auditor_read_question(struct attempt *attempt, const char *body);

/* Whether X asks the store for a lock. */
bool auditor_is_for_lock(const struct exchange *x);

/* Whether the store was silent, where X asked it for a lock. */
void auditor_note_silence(const struct exchange *x, bool answered);

/* Read whose token the store's answer shows. */
void auditor_read_answer(struct attempt *attempt, const char *body);

/* Look on at the store's locks. */
struct stand_in_kv_watcher auditor_watcher(struct world *world);

/* A line of the log holds no secret. */
void auditor_read_log(struct world *world, const char *line);

#endif
