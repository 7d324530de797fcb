/*
 * plain: requests over HTTP without TLS to the local cloud's own addresses, for
 * what is not measured: its counters, its faults, a lock that somebody holds.
 */
#ifndef BOUNCER_BENCH_PLAIN_H
#define BOUNCER_BENCH_PLAIN_H

#include <stdbool.h>

#include "base/error.h"

#define PLAIN_ANSWER_MAX 8192

/*
 * Send REQUEST, a whole one that says "Connection: close", to the server at
 * URL and read until it closes.
 */
bool plain_exchange(const char *url, const char *request,
                    char answer[PLAIN_ANSWER_MAX], struct error *err);

/* The number behind NAME in TEXT, -1 without it. */
long plain_number(const char *text, const char *name);

/* What the doors have counted so far. */
struct plain_counts {
    long kv_requests;
    long kv_commands;
    long kv_connections;
    long sql_requests;
    long sql_connections;
    long tls_handshakes;
    long tls_resumed;
};

bool plain_counts(const char *control, struct plain_counts *counts,
                  struct error *err);

/* Have both doors wait DELAY_MS before each request that they carry out. */
bool plain_delay(const char *control, int delay_ms, struct error *err);

/* Hold the lock NAME at the store KV, as somebody else would, for an hour. */
bool plain_hold(const char *kv, const char *token, const char *name,
                struct error *err);

#endif
