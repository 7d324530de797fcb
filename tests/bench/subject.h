/*
 * subject: one running function and what a batch of requests costs it.
 *
 *     subject_start(&subject, argv, &err)
 *     subject_batch(&subject, control, &plan, &batch, &err)
 *     subject_stop(&subject)
 */
#ifndef BOUNCER_BENCH_SUBJECT_H
#define BOUNCER_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "invoke.h"
#include "launch.h"
#include "series.h"

#define SUBJECT_LOG_MAX 16384

struct subject {
    struct launcher launcher;
    struct launched launched;
    int log;                          /* the reading end of its stderr */
    char last_words[SUBJECT_LOG_MAX]; /* set by subject_stop() */
};

/*
 * Run ARGV, connected to the stores of BENCH_KV_URL and BENCH_SQL_URL.  False
 * with the reason in ERR; nothing is left running then.
 */
bool subject_start(struct subject *subject, char *const argv[],
                   struct error *err);

/* Close its connection, which ends it; kill it after 10 s. */
void subject_stop(struct subject *subject);

/* The number after NAME in TEXT, a log; -1: there is none. */
long subject_number(const char *text, const char *name);

/* The requests of a batch. */
struct batch_plan {
    enum wish wish;
    long number;       /* of the product or name */
    bool each_its_own; /* NUMBER grows by one with each */
    size_t body_bytes; /* 0: no padding */
    int count;
    int status; /* that each answer must have; 0: any */
};

/* Figures for each request; times are medians of the batch. */
struct batch {
    int64_t answer_ns; /* seen by the Runtime API */
    int64_t inside_ns; /* by the function itself, from event to posting */
    int64_t next_ns;   /* until it asks for the next event, a mean */
    int64_t cpu_ns;    /* a mean */
    double kv_requests;
    double kv_commands;
    double sql_requests;
    long connections; /* opened in the whole batch by anybody */
};

/*
 * Send PLAN's requests one after the other, and read the doors' counters at
 * CONTROL.  One more comes first, with the number after theirs, and its time
 * does not count: a client that ends idle connections (Node's does after four
 * seconds) connects again with it.
 */
bool subject_batch(struct subject *subject, const char *control,
                   const struct batch_plan *plan, struct batch *batch,
                   struct error *err);

#endif
