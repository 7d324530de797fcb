/*
 * act: one act of the story: all instances of a running cloud are started, all
 * buyers press "Buy" at one moment and come back when they are told to, and the
 * database is asked what was sold.
 */
#ifndef BOUNCER_BLACK_FRIDAY_ACT_H
#define BOUNCER_BLACK_FRIDAY_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "buyers.h"
#include "memory.h"
#include "series.h"

/* How it ended for a buyer. */
enum outcome {
    OUTCOME_SOLD = 0, /* 201, or 200 where an earlier try had bought */
    OUTCOME_SOLD_OUT, /* 410 */
    OUTCOME_ASKING,   /* told to come back, until its patience was over */
    OUTCOME_FAILED,   /* any other answer, or none */
    OUTCOMES,
};

struct act_options {
    const char *name;
    const char *path;              /* that buyers POST to */
    const char *front;             /* the cloud's addresses */
    const char *control;           /* see control_client.h */
    const char *kv;                /* over TLS, as sql */
    const char *sql;               /* the door to the database */
    const char *database;          /* for libpq */
    const char *sql_plain;         /* the same door as sql, without TLS */
    const char *connection_string; /* that it wants */
    int instances;
    int buyers;
    int tickets;
    int patience_s;
    int database_ms;         /* how far away the database is */
    int64_t available_bytes; /* of memory, before the cloud started */
    void (*progress)(const char *what, int done, int count);
};

struct act {
    struct act_options options;
    struct purchase *purchases;           /* one for each buyer */
    struct series latencies_us[OUTCOMES]; /* until the last answer, if any */
    int counts[OUTCOMES];
    long long requests;
    long long failures; /* requests answered by 5xx */
    int unanswered;     /* buyers who got no answer */
    double warm_s;      /* from the first instance to the last */
    int kv_connections; /* over TLS, when all were warm */
    int sql_connections;
    int64_t all_memory_bytes; /* of the cloud and its instances, warm */
    long long stock;          /* afterwards, in the database */
    long long orders;
    long long sql_calls;            /* that the rush made */
    long long kv_commands;          /* and as Upstash bills them */
    long long database_connections; /* busy at once */
    int64_t database_ns;            /* processor time that it took */
    long long still_busy;           /* instances, when these were read */
    struct series resident_bytes;   /* of a sample of instances, after it */
    struct series anonymous_bytes;
};

/*
 * Play it.  False with the reason in ERR if it broke off, or if something to be
 * judged could not be measured.  Release ACT either way.
 */
__attribute__((warn_unused_result)) bool
act_play(struct act *act, const struct act_options *options, struct error *err);

/*
 * Write a line "SECONDS SOLD SOLD_OUT FAILED" to FILE for each buyer who asks
 * no more, in their order: how many of each there are by then.  friday.gp draws
 * it.  False if it cannot be written.
 */
__attribute__((warn_unused_result)) bool act_write(const struct act *act,
                                                   const char *file);

void act_release(struct act *act);

#endif
