/*
 * services: the real redis-server and the real PostgreSQL of a cloud.
 *
 * Both listen on unix sockets in the cloud's private directory and nowhere
 * else, keep nothing on disk for longer than the run, and take no part in
 * syncing: a crash of the machine is the end of the cloud anyway.  PostgreSQL
 * does not run as root; where root starts the cloud, both services run as
 * the user postgres or nobody, in directories of that user's own.
 *
 * The functions run in a child process of their own and do not return where
 * all is well: they become the program.
 */
#ifndef BOUNCER_LOCAL_SERVICES_H
#define BOUNCER_LOCAL_SERVICES_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Bytes of the private directory's path with its end: a unix socket's path
 * has 108, "/postgres/.s.PGSQL.5432" behind it.
 */
#define SERVICES_DIR_MAX 80

/* The name of the database, and of the role that owns it. */
#define SERVICES_DATABASE "bouncer"

/* The role of function calls by PostgREST: that of Supabase's secret keys. */
#define SERVICES_SERVICE_ROLE "service_role"

/* Bytes of a libpq conninfo with its end. */
#define SERVICES_CONNINFO_MAX 256

struct services {
    char redis_binary[PATH_MAX];
    char postgres_binary[PATH_MAX];
    char initdb_binary[PATH_MAX];
    char redis_dir[SERVICES_DIR_MAX + 16];
    char redis_socket[SERVICES_DIR_MAX + 32];
    char redis_log[SERVICES_DIR_MAX + 32];
    char postgres_dir[SERVICES_DIR_MAX + 16]; /* also of its socket */
    char postgres_data[SERVICES_DIR_MAX + 32];
    char postgres_log[SERVICES_DIR_MAX + 32];
    char initdb_log[SERVICES_DIR_MAX + 32];
    uid_t user; /* whom to run as */
    gid_t group;
};

/*
 * Find the programs, in PATH and where Debian puts PostgreSQL's (the highest
 * version), and the user, and name all paths below DIR.  Makes nothing.  False
 * with the reason in ERR, one line that says what is missing.
 */
__attribute__((warn_unused_result)) bool
services_find(struct services *services, const char *dir, struct error *err);

/* Make the directories.  DIR itself is there. */
__attribute__((warn_unused_result)) bool
services_make_dirs(const struct services *services, struct error *err);

/*
 * Write to INFO how libpq gets to DATABASE as the role USER;
 * SERVICES_CONNINFO_MAX bytes.
 */
void services_conninfo(const struct services *services, const char *user,
                       const char *database, char *info);

/*
 * Each takes a struct services.  redis-server and PostgreSQL run until they
 * are told to stop; initdb prepares PostgreSQL's directory and ends.
 */
int services_run_redis(const void *services);
int services_run_initdb(const void *services);
int services_run_postgres(const void *services);

/* The signals that stop the last three, and by which they end with us. */
#define SERVICES_REDIS_STOP SIGKILL    /* nothing to save */
#define SERVICES_INITDB_STOP SIGTERM   /* ends its own children */
#define SERVICES_POSTGRES_STOP SIGQUIT /* ends its own children at once */

#endif
