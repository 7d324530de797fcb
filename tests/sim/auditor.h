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

#define AUDITOR_LOCKS 16
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
    MOMENT_LOCK = 16,      /* ... has set one */
    MOMENT_ANSWER = 32,    /* an instance has posted its answer */
    MOMENT_FINISH = 64,    /* ... has done what was left after that */
    MOMENT_DEADLINE = 128, /* the platform ends an instance at work */
    MOMENT_END = 256,      /* all is quiet, and every lease is over */
};

struct auditor {
    const char *broken; /* the promise that was broken first; NULL: none */
    /* The highest fence that the database accepted, for each lock. */
    struct {
        char name[AUDITOR_NAME_MAX];
        int64_t fence;
    } accepted[AUDITOR_LOCKS];
};

/* The facts of a moment; what does not belong to it is NULL. */
struct facts {
    struct world *world;
    struct attempt *attempt;
    struct exchange *exchange;
    const char *text;   /* the token that a deleted lock held */
    int64_t expires_us; /* of a lock that was set; 0: never */
};

/* Hold what is promised for MOMENT against FACTS. */
void auditor_see(enum moment moment, const struct facts *facts);

/* Read the lock's name and token from a question to the store. */
void auditor_read_question(struct attempt *attempt, const char *body);

/* Read whose token the store's answer shows. */
void auditor_read_answer(struct attempt *attempt, const char *body);

/* Look on at the store's locks. */
struct stand_in_kv_watcher auditor_watcher(struct world *world);

/* A line of the log holds no secret. */
void auditor_read_log(struct world *world, const char *line);

#endif
