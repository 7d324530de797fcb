/*
 * local_cloud: a local cloud of our own, and what can be asked of it.
 *
 *     if (local_cloud_start(&cloud, &options, &err) &&
 *         local_cloud_warm(&cloud, progress, &err)) ...
 *     local_cloud_stop(&cloud);
 *
 * It ends with us, however we end: it watches who started it.
 */
#ifndef BOUNCER_BLACK_FRIDAY_LOCAL_CLOUD_H
#define BOUNCER_BLACK_FRIDAY_LOCAL_CLOUD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct local_cloud_options {
    const char *program;    /* build/plain/local-cloud */
    const char *function;   /* the binary that it runs */
    const char *extra_sql;  /* a file; NULL: none */
    const char *work_dir;   /* for its log and the file of its addresses */
    const char *const *set; /* NAME=VALUE for the function, up to a NULL */
    int instances;
    int clients; /* so many at once are expected */
};

struct local_cloud {
    struct local_cloud_options options;
    pid_t pid; /* 0: it does not run */
    char log[256];
    char env_file[256];
    int front_port;
    int kv_port; /* of TLS, as sql_port */
    int sql_port;
    char control[128];
    char database[256]; /* for libpq */
};

/* Start it and wait until requests can come.  False with the reason in ERR. */
__attribute__((warn_unused_result)) bool
local_cloud_start(struct local_cloud *cloud,
                  const struct local_cloud_options *options, struct error *err);

/* Stop it and wait until all of it is gone; nothing where none runs. */
void local_cloud_stop(struct local_cloud *cloud);

/*
 * Have all instances started, and wait for them.  PROGRESS is called now and
 * then.  False with the reason in ERR.
 */
__attribute__((warn_unused_result)) bool
local_cloud_warm(const struct local_cloud *cloud,
                 void (*progress)(const char *what, int done, int count),
                 struct error *err);

/* Let every request to the database API wait for MS before it is served. */
__attribute__((warn_unused_result)) bool
local_cloud_delay_database(const struct local_cloud *cloud, int ms,
                           struct error *err);

/*
 * A counter of the control address.  False with the reason in ERR where it
 * cannot be read; *VALUE is no measurement then.
 */
__attribute__((warn_unused_result)) bool
local_cloud_counter(const struct local_cloud *cloud, const char *name,
                    long long *value, struct error *err);

/* Write the pids of up to COUNT instances, evenly chosen; returns how many. */
int local_cloud_pids(const struct local_cloud *cloud, pid_t pids[], int count);

/* Run SQL; *NUMBER, where it is not NULL, is the one that it selects. */
__attribute__((warn_unused_result)) bool
local_cloud_sql(const struct local_cloud *cloud, const char *sql,
                long long *number, struct error *err);

/* How many connections to the local TCP PORT are established. */
int local_cloud_connections(int port);

#endif
