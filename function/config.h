/*
 * config: the function's settings, read from the environment once.
 *
 * It finds every mistake, not just the first, so that whoever deploys sees all
 * of them at once.  A mistake is one line that names the setting and never its
 * value; a setting has at most one.
 */
#ifndef BOUNCER_CONFIG_H
#define BOUNCER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "wire/database.h"

struct config {
    const char *runtime_api; /* AWS_LAMBDA_RUNTIME_API; NULL: not set */
    const char *kv_url;      /* UPSTASH_REDIS_REST_URL or KV_REST_API_URL */
    const char *kv_token;    /* UPSTASH_REDIS_REST_TOKEN or KV_REST_API_TOKEN */
    enum database_api database_api;
    const char *database_url;    /* where requests go */
    const char *database_secret; /* DATABASE_URL, the secret key or the JWT */
    const char *operations_file; /* BOUNCER_OPERATIONS; NULL: not set */
    const char *ca_file;         /* BOUNCER_CA_FILE; NULL: not set */
    int lease_s;                 /* BOUNCER_LEASE_S */
    int kv_tries;                /* BOUNCER_KV_TRIES */
    int64_t kv_timeout_ms;       /* BOUNCER_KV_TIMEOUT_MS */
    int64_t database_timeout_ms; /* BOUNCER_DB_TIMEOUT_MS */
    int denied_status;           /* BOUNCER_DENIED_STATUS */
    const char *path_prefix;     /* BOUNCER_PATH_PREFIX; NULL: not set */
    const char *cors_origins;    /* BOUNCER_CORS_ORIGINS; NULL: not set */
    const char *secret;          /* BOUNCER_SECRET; NULL: not set */
    const char *other_secret;    /* BOUNCER_SECRET_2; NULL: not set */
    bool preconnect;             /* BOUNCER_PRECONNECT */
    struct buffer derived_url;   /* database_url, if it was put together */
    struct buffer mistakes;      /* one on each line; empty: none */
};

/*
 * Read the settings from ENVIRONMENT: "NAME=value", ended by NULL, as environ.
 * CONFIG borrows from it.  False where there are mistakes; a setting with one
 * may hold NULL, its default or the bad value.  Release CONFIG in any case.
 */
__attribute__((warn_unused_result)) bool config_read(struct config *config,
                                                     char *const environment[]);

/* What a lease must have room for: one request to each store. */
int64_t config_work_ms(const struct config *config);

void config_release(struct config *config);

#endif
