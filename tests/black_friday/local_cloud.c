#include "local_cloud.h"

#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "control_client.h"
#include "file_limit.h"

/* Two processes of each kind at least, for two processors. */
#define PROCESSES_MIN 2
#define PROCESSES_MAX 16

/*
 * So many percent of the files that a process of the cloud may open are for
 * connections: the kernel spreads them by chance, not evenly.
 */
#define FILES_PERCENT 60

#define ARGUMENTS_MAX 64
#define STEP_MS 100
#define START_STEPS 1200
#define STOP_STEPS 600
#define WARM_STEPS 3000
#define STEPS_PER_WORD 50

/* ---- its process ---- */

/* As many as CONNECTIONS need; where none are enough the cloud says so. */
static int processes_for(int connections)
{
    long long each = (long long)file_limit() * FILES_PERCENT / 100;
    int count = PROCESSES_MIN;

    while (count * each < connections && count < PROCESSES_MAX)
        count++;
    return count;
}

/* Each has an instance at least. */
static int platforms_for(const struct local_cloud_options *o)
{
    int count = processes_for(o->instances + o->clients);

    return count < o->instances ? count : o->instances;
}

static _Noreturn void become(const struct local_cloud *cloud)
{
    const struct local_cloud_options *o = &cloud->options;
    char instances[16];
    char platforms[16];
    char clients[16];
    char doors[16];
    const char *argv[ARGUMENTS_MAX] = {
        o->program,
        "--quiet",
        "--port",
        "0",
        "--function",
        o->function,
        "--env-file",
        cloud->env_file,
        "--instances",
        instances,
        "--queue-s",
        "120",
        "--platform-processes",
        platforms,
        "--clients",
        clients,
        "--timeout-s",
        "120",
        "--door-processes",
        doors,
    };
    size_t count = 20;
    int fd = open(cloud->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    (void)snprintf(instances, sizeof(instances), "%d", o->instances);
    (void)snprintf(platforms, sizeof(platforms), "%d", platforms_for(o));
    (void)snprintf(clients, sizeof(clients), "%d", o->clients);
    (void)snprintf(doors, sizeof(doors), "%d", processes_for(o->instances));
    if (o->extra_sql != NULL) {
        argv[count++] = "--extra-sql";
        argv[count++] = o->extra_sql;
    }
    for (size_t i = 0; o->set[i] != NULL && count + 2 < ARGUMENTS_MAX; i++) {
        argv[count++] = "--set";
        argv[count++] = o->set[i];
    }
    setpgid(0, 0);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    execv(o->program, (char *const *)(void *)argv);
    _exit(127);
}

static bool has_ended(struct local_cloud *cloud)
{
    if (cloud->pid != 0 && waitpid(cloud->pid, NULL, WNOHANG) == cloud->pid)
        cloud->pid = 0;
    return cloud->pid == 0;
}

/* Its last words, for ERR. */
static void explain(const struct local_cloud *cloud, struct error *err)
{
    char line[1024];
    FILE *log = fopen(cloud->log, "re");

    error_set(err, "the local cloud did not start: see %s", cloud->log);
    while (log != NULL && fgets(line, sizeof(line), log) != NULL) {
        if (strncmp(line, "local-cloud:", strlen("local-cloud:")) == 0)
            error_set(err, "%.*s", (int)strcspn(line, "\n"), line);
    }
    if (log != NULL)
        (void)fclose(log);
}

/* The value of a line of the env file: export NAME='VALUE'. */
static bool take(const char *line, const char *name, char *value, size_t size)
{
    static const char export[] = "export ";
    size_t len = strlen(name);

    if (strncmp(line, export, sizeof(export) - 1) != 0)
        return false;
    line += sizeof(export) - 1;
    if (strncmp(line, name, len) != 0 || line[len] != '=' ||
        line[len + 1] != '\'')
        return false;
    (void)snprintf(value, size, "%.*s", (int)strcspn(line + len + 2, "'"),
                   line + len + 2);
    return true;
}

static void take_port(const char *line, const char *name, int *port)
{
    char url[128];

    if (take(line, name, url, sizeof(url)))
        *port = (int)strtol(strrchr(url, ':') + 1, NULL, 10);
}

/* The env file is written last, when all is ready. */
static bool read_addresses(struct local_cloud *cloud)
{
    char line[1024];
    FILE *file = fopen(cloud->env_file, "re");

    if (file == NULL)
        return false;
    while (fgets(line, sizeof(line), file) != NULL) {
        take_port(line, "FUNCTION_URL", &cloud->front_port);
        take_port(line, "UPSTASH_REDIS_REST_URL_TLS", &cloud->kv_port);
        take_port(line, "SQL_URL_TLS", &cloud->sql_port);
        (void)take(line, "CONTROL_URL", cloud->control, sizeof(cloud->control));
        (void)take(line, "DATABASE_URL", cloud->database,
                   sizeof(cloud->database));
    }
    (void)fclose(file);
    return cloud->front_port != 0 && cloud->database[0] != '\0';
}

bool local_cloud_start(struct local_cloud *cloud,
                       const struct local_cloud_options *options,
                       struct error *err)
{
    *cloud = (struct local_cloud){.options = *options};
    (void)snprintf(cloud->log, sizeof(cloud->log), "%s/cloud.log",
                   options->work_dir);
    (void)snprintf(cloud->env_file, sizeof(cloud->env_file), "%s/env",
                   options->work_dir);
    (void)unlink(cloud->env_file);
    (void)fflush(NULL);
    cloud->pid = fork();
    if (cloud->pid == 0)
        become(cloud);
    if (cloud->pid < 0) {
        error_set(err, "fork: %s", strerror(errno));
        cloud->pid = 0;
        return false;
    }
    for (int i = 0; i < START_STEPS && !has_ended(cloud); i++) {
        if (read_addresses(cloud))
            return true;
        clock_sleep_ms(clock_system(), STEP_MS);
    }
    explain(cloud, err);
    local_cloud_stop(cloud);
    return false;
}

void local_cloud_stop(struct local_cloud *cloud)
{
    if (cloud->pid != 0)
        kill(cloud->pid, SIGTERM);
    for (int i = 0; i < STOP_STEPS && !has_ended(cloud); i++)
        clock_sleep_ms(clock_system(), STEP_MS);
    if (cloud->pid != 0) {
        kill(cloud->pid, SIGKILL);
        waitpid(cloud->pid, NULL, 0);
    }
    cloud->pid = 0;
}

/* ---- what it is asked ---- */

bool local_cloud_warm(const struct local_cloud *cloud,
                      void (*progress)(const char *what, int done, int count),
                      struct error *err)
{
    int count = cloud->options.instances;
    long long idle = 0;
    long long starting;

    if (!control_client_post(cloud->control, "/warm", "{}", err))
        return false;
    for (int i = 1; i < WARM_STEPS; i++) {
        /* In this order: who is not starting any more is idle, or is lost. */
        if (!local_cloud_counter(cloud, "instances_starting", &starting, err) ||
            !local_cloud_counter(cloud, "instances_idle", &idle, err))
            return false;
        if (idle >= count)
            return true;
        if (starting == 0)
            break;
        if (i % STEPS_PER_WORD == 0)
            progress("instances are up", (int)idle, count);
        clock_sleep_ms(clock_system(), STEP_MS);
    }
    error_set(err, "only %lld of %d instances started: see %s", idle, count,
              cloud->log);
    return false;
}

bool local_cloud_delay_database(const struct local_cloud *cloud, int ms,
                                struct error *err)
{
    char body[96];

    (void)snprintf(body, sizeof(body),
                   "{\"door\":\"sql\",\"fault\":\"delay_before_ms\","
                   "\"value\":%d}",
                   ms);
    return control_client_post(cloud->control, "/faults", body, err);
}

bool local_cloud_counter(const struct local_cloud *cloud, const char *name,
                         long long *value, struct error *err)
{
    if (control_client_counter(cloud->control, name, value, err))
        return true;
    error_prefix(err, "the counters cannot be read");
    return false;
}

int local_cloud_pids(const struct local_cloud *cloud, pid_t pids[], int count)
{
    return control_client_pids(cloud->control, pids, count);
}

bool local_cloud_sql(const struct local_cloud *cloud, const char *sql,
                     long long *number, struct error *err)
{
    PGconn *db = PQconnectdb(cloud->database);
    PGresult *result = PQexec(db, sql);
    ExecStatusType status = PQresultStatus(result);
    bool done = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;

    if (!done) {
        error_set(err, "the database: %s", PQerrorMessage(db));
    } else if (number != NULL && PQntuples(result) != 1) {
        error_set(err, "the database has no answer to: %s", sql);
        done = false;
    } else if (number != NULL) {
        *number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    }
    PQclear(result);
    PQfinish(db);
    return done;
}

int local_cloud_connections(int port)
{
    char line[512];
    int count = 0;
    FILE *file = fopen("/proc/net/tcp", "re");

    /* "  0: 0100007F:1F90 0100007F:D5F2 01 ...": local, remote, state. */
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *local = strchr(line, ':');
        const char *at = local != NULL ? strchr(local + 1, ':') : NULL;
        char *rest;

        if (at == NULL || strtol(at + 1, &rest, 16) != port)
            continue;
        rest += strspn(rest, " ");
        rest += strcspn(rest, " ");
        count += strtol(rest, NULL, 16) == 1;
    }
    if (file != NULL)
        (void)fclose(file);
    return count;
}
