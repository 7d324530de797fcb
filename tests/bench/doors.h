/*
 * doors: the doors of a local cloud, for what is not measured: what they have
 * counted, how late they answer, a lock that somebody holds.
 */
#ifndef BOUNCER_BENCH_DOORS_H
#define BOUNCER_BENCH_DOORS_H

#include <stdbool.h>

#include "base/error.h"

/* What the doors of the cloud with the control address CONTROL have counted. */
struct doors_counts {
    long long kv_requests;
    long long kv_commands;
    long long kv_connections;
    long long sql_requests;
    long long sql_connections;
    long long tls_resumed;
};

bool doors_count(const char *control, struct doors_counts *counts,
                 struct error *err);

/* Have both doors wait DELAY_MS before each request that they carry out. */
bool doors_delay(const char *control, int delay_ms, struct error *err);

/* Hold the lock NAME at the store KV, as somebody else would, for an hour. */
bool doors_hold(const char *kv, const char *token, const char *name,
                struct error *err);

#endif
