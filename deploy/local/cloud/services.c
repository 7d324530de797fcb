/*
 * Each program replaces the child that was forked for it (execve), so the
 * supervisor signals and reaps the program itself.
 */
#include "cloud/services.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

/* More than any of the command lines below has. */
#define ARGUMENTS_MAX 32

#define POSTGRES_PLACES "/usr/lib/postgresql/*/bin"

/* ---- finding ---- */

/* Look for an executable NAME in DIR. */
static bool found_in(struct slice dir, const char *name, char *path)
{
    int len = snprintf(path, PATH_MAX, "%.*s/%s", (int)dir.len, dir.at, name);

    return len > 0 && len < PATH_MAX && access(path, X_OK) == 0;
}

static bool found_in_path(const char *name, char *path)
{
    const char *rest = getenv("PATH");

    while (rest != NULL && *rest != '\0') {
        size_t len = strcspn(rest, ":");

        if (len > 0 && found_in((struct slice){rest, len}, name, path))
            return true;
        rest += len;
        rest += *rest == ':';
    }
    return false;
}

/* The highest version that Debian has installed. */
static bool found_versioned(const char *name, char *path)
{
    char candidate[PATH_MAX];
    long best = 0;
    glob_t places;

    if (glob(POSTGRES_PLACES, 0, NULL, &places) != 0)
        return false;
    for (size_t i = 0; i < places.gl_pathc; i++) {
        const char *dir = places.gl_pathv[i];
        long version = strtol(dir + strcspn(dir, "0123456789"), NULL, 10);

        if (version > best && found_in(slice_of(dir), name, candidate)) {
            memcpy(path, candidate, PATH_MAX);
            best = version;
        }
    }
    globfree(&places);
    return best > 0;
}

/* initdb comes from where postgres is: their versions must be the same. */
static bool find_postgres(struct services *s, struct error *err)
{
    char *real = NULL;
    bool found = false;

    if (found_in_path("postgres", s->postgres_binary) ||
        found_versioned("postgres", s->postgres_binary))
        real = realpath(s->postgres_binary, NULL);
    if (real != NULL) {
        struct slice dir = {real, (size_t)(strrchr(real, '/') - real)};

        found = found_in(dir, "initdb", s->initdb_binary) &&
                found_in(dir, "postgres", s->postgres_binary);
    }
    free(real);
    if (!found)
        error_set(err, "PostgreSQL's server is missing: postgres and initdb "
                       "are neither in PATH nor in " POSTGRES_PLACES);
    return found;
}

static bool find_user(struct services *s, struct error *err)
{
    const struct passwd *user;

    s->user = geteuid();
    s->group = getegid();
    if (s->user != 0)
        return true;
    user = getpwnam("postgres");
    if (user == NULL)
        user = getpwnam("nobody");
    if (user == NULL) {
        error_set(err, "started by root, and there is neither a user "
                       "postgres nor nobody to run PostgreSQL as");
        return false;
    }
    s->user = user->pw_uid;
    s->group = user->pw_gid;
    return true;
}

bool services_find(struct services *s, const char *dir, struct error *err)
{
    if (!found_in_path("redis-server", s->redis_binary)) {
        error_set(err, "redis-server is missing: it is not in PATH");
        return false;
    }
#define NAME_PATH(field, text)                                                 \
    snprintf(s->field, sizeof(s->field), "%s/" text, dir)
    (void)NAME_PATH(redis_dir, "redis");
    (void)NAME_PATH(redis_socket, "redis/redis.sock");
    (void)NAME_PATH(redis_log, "redis.log");
    (void)NAME_PATH(postgres_dir, "postgres");
    (void)NAME_PATH(postgres_data, "postgres/data");
    (void)NAME_PATH(postgres_log, "postgres.log");
    (void)NAME_PATH(initdb_log, "initdb.log");
#undef NAME_PATH
    return find_postgres(s, err) && find_user(s, err);
}

void services_conninfo(const struct services *s, const char *user,
                       const char *database, char *info)
{
    (void)snprintf(info, SERVICES_CONNINFO_MAX,
                   "host=%s port=5432 user=%s dbname=%s", s->postgres_dir, user,
                   database);
}

/* ---- running ---- */

static bool make_dir(const struct services *s, const char *path,
                     struct error *err)
{
    if (mkdir(path, 0700) == 0 &&
        (geteuid() != 0 || chown(path, s->user, s->group) == 0))
        return true;
    error_set(err, "mkdir %s: %s", path, strerror(errno));
    return false;
}

bool services_make_dirs(const struct services *s, struct error *err)
{
    return make_dir(s, s->redis_dir, err) && make_dir(s, s->postgres_dir, err);
}

/*
 * Give up root for good.  The kernel forgets the parent-death signal when the
 * user changes (prctl(2)), so it is set again, and the parent looked at again.
 */
static bool drop_rights(const struct services *s, int stop_signal)
{
    pid_t parent = getppid();

    if (geteuid() != 0)
        return true;
    return setgroups(0, NULL) == 0 &&
           setresgid(s->group, s->group, s->group) == 0 &&
           setresuid(s->user, s->user, s->user) == 0 &&
           prctl(PR_SET_PDEATHSIG, stop_signal) == 0 && getppid() == parent;
}

/* Become BINARY, in DIR, with an environment that nobody's shell disturbs. */
static int become(const struct services *s, int stop_signal, const char *dir,
                  const char *binary, const char *const argv[])
{
    char *args[ARGUMENTS_MAX + 1] = {NULL};
    char *const env[] = {
        (char[]){"PATH=/usr/local/bin:/usr/bin:/bin"},
        (char[]){"LC_ALL=C"},
        (char[]){"TZ=UTC"},
        NULL,
    };

    if (!drop_rights(s, stop_signal) || chdir(dir) != 0) {
        (void)fprintf(stderr, "cannot run %s as user %u in %s: %s\n", binary,
                      (unsigned)s->user, dir, strerror(errno));
        return 1;
    }
    for (size_t i = 0; i < ARGUMENTS_MAX && argv[i] != NULL; i++)
        memcpy(&args[i], &argv[i], sizeof(args[i])); /* execve changes none */
    /* PostgreSQL finds its other files beside the path it was called by. */
    memcpy(&args[0], &binary, sizeof(args[0]));
    execve(binary, args, env);
    (void)fprintf(stderr, "cannot run %s: %s\n", binary, strerror(errno));
    return 1;
}

/*
 * One logical database, as Upstash has, so that nobody swaps it away.  A script
 * may run for a second; then redis listens to who ends it (kv_store.c).
 */
int services_run_redis(const void *services)
{
    const struct services *s = services;
    const char *argv[] = {
        "redis-server",
        "--port",
        "0",
        "--unixsocket",
        s->redis_socket,
        "--unixsocketperm",
        "700",
        "--save",
        "",
        "--appendonly",
        "no",
        "--databases",
        "1",
        "--busy-reply-threshold",
        "1000",
        "--dir",
        s->redis_dir,
        NULL,
    };

    return become(s, SERVICES_REDIS_STOP, s->redis_dir, s->redis_binary, argv);
}

int services_run_initdb(const void *services)
{
    const struct services *s = services;
    const char *argv[] = {
        "initdb",
        "--pgdata",
        s->postgres_data,
        "--username",
        SERVICES_DATABASE,
        "--auth=trust",
        "--no-sync",
        "--no-instructions",
        "--encoding=UTF8",
        "--locale=C",
        NULL,
    };

    return become(s, SERVICES_INITDB_STOP, s->postgres_dir, s->initdb_binary,
                  argv);
}

/*
 * Who may enter the directory of the socket may log in.  Shared memory is kept
 * in files of the data directory, where it cannot outlive the cloud.
 */
int services_run_postgres(const void *services)
{
    const struct services *s = services;
    const char *argv[] = {
        "postgres",
        "-D",
        s->postgres_data,
        "-k",
        s->postgres_dir,
        "-c",
        "listen_addresses=",
        "-c",
        "unix_socket_permissions=0700",
        "-c",
        "max_connections=220",
        "-c",
        "fsync=off",
        "-c",
        "synchronous_commit=off",
        "-c",
        "full_page_writes=off",
        "-c",
        "track_functions=all",
        "-c",
        "dynamic_shared_memory_type=mmap",
        NULL,
    };

    return become(s, SERVICES_POSTGRES_STOP, s->postgres_dir,
                  s->postgres_binary, argv);
}
