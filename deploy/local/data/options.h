/*
 * options: the command line of the local cloud.
 */
#ifndef BOUNCER_LOCAL_OPTIONS_H
#define BOUNCER_LOCAL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* How often an option that may be repeated may be given. */
#define OPTIONS_REPEAT_MAX 64

/* The most instances: what their addresses can tell apart (instance.h). */
#define OPTIONS_INSTANCES_MAX 16000

/* The most processes of the platform, and of each door. */
#define OPTIONS_PROCESSES_MAX 16

/* Which door's address the instances get. */
enum database_api {
    DATABASE_API_NONE = 0,
    DATABASE_API_NEON,
    DATABASE_API_POSTGREST,
};

struct options {
    int port;             /* of the front; 0: any free one */
    bool all_addresses;   /* the front listens on all, not on 127.0.0.1 */
    const char *function; /* the binary; NULL: bootstrap next to ours */
    int instances;        /* the most at once */
    int clients; /* connections at once that the front must be ready for */
    const char *env_file;     /* addresses for shells; NULL: env_file.h's */
    const char *database_dir; /* holds schema.sql and seed.sql */
    const char *extra_sql[OPTIONS_REPEAT_MAX]; /* files, applied in order */
    size_t extra_sql_count;
    const char *set[OPTIONS_REPEAT_MAX]; /* NAME=VALUE for the instances */
    size_t set_count;
    int timeout_s; /* an invocation that takes longer is killed */
    int queue_s;   /* how long an event waits for a free instance */
    enum database_api database_api;
    int door_processes;     /* of each kind */
    int platform_processes; /* instances and clients are spread over them */
    bool quiet;             /* no START, END and REPORT lines in the log */
    bool verbose;           /* the log is printed as it is, not digested */
    bool help;              /* asked for the help text, and for nothing else */
};

/*
 * Read the command line into OPTIONS, defaults first.  The texts are borrowed
 * from ARGV.  False with the one mistake in ERR.
 */
__attribute__((warn_unused_result)) bool options_parse(struct options *options,
                                                       int argc, char **argv,
                                                       struct error *err);

/* How many instances the platform process INDEX may have at once. */
int options_share(const struct options *options, int index);

/* The help text: what the program does and every option. */
const char *options_help(void);

#endif
