/*
 * half: one half of the story: all instances of a running cloud are started,
 * all buyers press "Buy" at one moment, and the database is asked what was
 * sold.
 */
#ifndef BOUNCER_BLACK_FRIDAY_HALF_H
#define BOUNCER_BLACK_FRIDAY_HALF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "buyers.h"
#include "memory.h"
#include "series.h"

enum outcome {
    OUTCOME_SOLD = 0, /* 201 */
    OUTCOME_REFUSED,  /* 409: somebody else holds the lock */
    OUTCOME_SOLD_OUT, /* 410 */
    OUTCOME_FAILED,   /* any other answer */
    OUTCOMES,
};

struct half_options {
    const char *path;     /* that buyers POST to */
    const char *front;    /* the cloud's addresses */
    const char *control;  /* see control_client.h */
    const char *kv;       /* over TLS, as sql */
    const char *sql;      /* the door to the database */
    const char *database; /* for libpq */
    int instances;
    int buyers;
    int tickets;
    int database_ms;         /* how far away the database is */
    int64_t available_bytes; /* of memory, before the cloud started */
    void (*progress)(const char *what, int done, int count);
};

struct half {
    struct half_options options;
    struct purchase *purchases;           /* one for each buyer */
    struct series latencies_us[OUTCOMES]; /* by kind of answer */
    struct series all_us;                 /* of who got any answer */
    int unanswered;                       /* and who got none */
    double warm_s;      /* from the first instance to the last */
    int kv_connections; /* over TLS, when all were warm */
    int sql_connections;
    int64_t all_memory_bytes; /* of the cloud and its instances, warm */
    long long stock;          /* afterwards, in the database */
    long long orders;
    long long sql_calls;          /* that the rush made */
    long long kv_commands;        /* and as Upstash bills them */
    long long still_busy;         /* instances, when these two were read */
    struct series resident_bytes; /* of a sample of instances, after it */
    struct series anonymous_bytes;
};

/*
 * Play it.  False with the reason in ERR if it broke off, or if something to be
 * judged could not be measured.  Release HALF either way.
 */
__attribute__((warn_unused_result)) bool
half_play(struct half *half, const struct half_options *options,
          struct error *err);

/*
 * Write each answer as a line "OUTCOME SECONDS" to FILE, for friday.gp, which
 * knows the numbers of enum outcome.  False if it cannot be written.
 */
__attribute__((warn_unused_result)) bool half_write(const struct half *half,
                                                    const char *file);

void half_release(struct half *half);

#endif
