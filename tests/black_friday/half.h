/*
 * half: one half of the story: a cloud is started and warmed, all buyers press
 * "Buy" at one moment, and the database is asked what was sold.
 */
#ifndef BOUNCER_BLACK_FRIDAY_HALF_H
#define BOUNCER_BLACK_FRIDAY_HALF_H

#include <stdbool.h>
#include <stdint.h>

#include "buyers.h"
#include "local_cloud.h"
#include "memory.h"

enum outcome {
    OUTCOME_SOLD = 0, /* 201 */
    OUTCOME_REFUSED,  /* 409: somebody else holds the lock */
    OUTCOME_SOLD_OUT, /* 410 */
    OUTCOME_FAILED,   /* any other answer */
    OUTCOMES,
};

struct half_options {
    const char *title;
    const char *path; /* that buyers POST to */
    struct local_cloud_options cloud;
    int buyers;
    int tickets;
    int database_ms; /* so far away is the database */
    void (*progress)(const char *what, int done, int count);
};

/* The latencies of those who got one kind of answer, sorted. */
struct tally {
    int64_t *latencies_us;
    int count;
};

struct half {
    struct half_options options;
    struct purchase *purchases; /* one for each buyer */
    struct tally tallies[OUTCOMES];
    struct tally all;   /* who got any answer */
    int unanswered;     /* and who got none */
    double warm_s;      /* from the first instance to the last */
    int kv_connections; /* over TLS, when all were warm */
    int sql_connections;
    long all_memory_kb; /* of the cloud and its instances, warm */
    long long stock;    /* afterwards, in the database */
    long long orders;
    long long sql_calls;   /* that the rush made */
    long long kv_commands; /* and as Upstash bills them */
    long long still_busy;  /* instances, when these two were read */
    struct memory memory;  /* of an instance, after the rush */
    double end_s;          /* from the stop signal until all was gone */
};

/*
 * Play it.  False with the reason in ERR where it broke off, or where what is
 * to be judged could not be measured; HALF is to be released anyway.
 */
__attribute__((warn_unused_result)) bool
half_play(struct half *half, const struct half_options *options,
          struct error *err);

void half_release(struct half *half);

/* The latency that PERCENT of a tally's are not above; 0 for an empty one. */
int64_t tally_percentile(const struct tally *tally, double percent);

#endif
