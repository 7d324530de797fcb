/*
 * instance: what one instance of the function keeps from request to request:
 * its clients, its limits and its memory.  What belongs to a request is in
 * struct request.
 *
 * An instance serves one request at a time, since its clients hold one
 * connection and one answer each.  A process that serves several at once has
 * an instance for each worker; they share nothing that changes.
 */
#ifndef BOUNCER_INSTANCE_H
#define BOUNCER_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/log.h"
#include "guard/lock.h"
#include "guard/operation.h"
#include "wire/database.h"

/* A caller's secret, and another while it is being changed. */
#define INSTANCE_SECRETS 2

struct instance_options {
    const struct operations *operations; /* required; borrowed, like the next */
    struct lock_client *locks;           /* required */
    struct database *database;           /* required */
    const struct clock *clock;           /* required */
    struct log *log;                     /* required */
    int lease_s;                         /* of operations that name none */
    int denied_status;                   /* of "busy": 409 or 429 */
    int64_t lock_budget_ms; /* for taking the lock, all tries together */
    int64_t kv_timeout_ms;  /* of one request to the store, for the checks */
    int64_t database_timeout_ms;
    /*
     * A front's base path, as "/shop".  All paths are served with and without
     * it, since some fronts pass it on and some do not.  NULL: none.
     */
    const char *path_prefix;
    const char *cors_origins; /* as in guard/cors.h; NULL: none */
    /* What operations with `wants_secret` ask for, one of them; NULL: none. */
    const char *secrets[INSTANCE_SECRETS];
};

/* Bytes of a word in a health report, its end included. */
#define HEALTH_WORD_MAX 48

/* Whether a sale could succeed: a word for each part, "ok" or what is wrong. */
struct health_report {
    bool healthy;
    const char *kv;
    char database[HEALTH_WORD_MAX];
    const char *time_limit; /* of the request that asks */
    int64_t valid_until_ms; /* until when kv and database are not asked again */
};

struct instance {
    struct instance_options options;
    struct health_report health;
    bool time_limit_told; /* the log has said once that the limits do not fit */
    bool unproven_told;   /* ... that a function gives back no key or fence */
    bool undeclared_told; /* ... that a row's sign is not declared */
};

#endif
