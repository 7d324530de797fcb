/*
 * doors: reads the counters of a local cloud's doors, delays their answers, and
 * takes a lock.  None of this is measured.
 */
#ifndef BOUNCER_BENCH_DOORS_H
#define BOUNCER_BENCH_DOORS_H

#include <stdbool.h>

#include "base/error.h"

/* All since the start of the cloud. */
struct doors_counts {
    long long kv_requests;
    long long kv_commands;
    long long kv_connections;
    long long sql_requests;
    long long sql_connections;
    long long tls_resumed;
};

/* Ask at the control address CONTROL.  False with the reason in ERR. */
bool doors_count(const char *control, struct doors_counts *counts,
                 struct error *err);

/* Make both doors wait DELAY_MS before they carry out a request. */
bool doors_delay(const char *control, int delay_ms, struct error *err);

/*
 * Hold the lock NAME at the store KV for good, as another holder would, and
 * whatever permits a function may know of that name.
 */
bool doors_hold(const char *kv, const char *token, const char *name,
                struct error *err);

#endif
