/*
 * Every process of the cloud is a role of the supervisor.  What can fail
 * without a process is tried first.  Then the services, the doors and the
 * platform start, each as soon as what it needs is there.
 */
#include "cloud/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cloud/cloud.h"
#include "cloud/database_setup.h"
#include "cloud/env_file.h"
#include "cloud/file_limit.h"
#include "cloud/listeners.h"
#include "cloud/printer.h"
#include "cloud/ready.h"
#include "cloud/supervisor.h"
#include "data/shared.h"
#include "doors/door_options.h"
#include "doors/doors.h"
#include "platform/platform.h"
#include "platform/report.h"
#include "platform/settings.h"

/* Generous: a loaded machine is slow, and a Ctrl-C ends the wait at once. */
#define STEP_TIMEOUT_MS 60000

/* Two long paths and a few addresses. */
#define READY_MAX (4UL * PATH_MAX)

#define LOG_MAX (SERVICES_DIR_MAX + 32)

/* Connections to PostgreSQL by each role of all SQL doors; it allows 220. */
#define DATABASE_CONNECTIONS 96

struct plan;

/* What one of several processes of a kind is told: which one it is. */
struct part {
    const struct plan *plan;
    int index;
};

/* What the processes of a cloud are and get, until the cloud is down. */
struct plan {
    struct cloud cloud;
    struct supervisor supervisor;
    char conninfo[SERVICES_CONNINFO_MAX];
    char service_conninfo[SERVICES_CONNINFO_MAX];
    char setup_log[LOG_MAX];
    char ready_log[LOG_MAX];
    struct role printer, redis, initdb, postgres, setup, ready;
    struct part parts[OPTIONS_PROCESSES_MAX];
    struct role door_kv[OPTIONS_PROCESSES_MAX];
    struct role door_sql[OPTIONS_PROCESSES_MAX];
    struct role platform[OPTIONS_PROCESSES_MAX];
};

/* ---- the processes that are forked and not executed ---- */

/* Keep the sockets FIRST to LAST of PART, and write to the log alone. */
static void begin_part(const struct part *part, int first, int last)
{
    listeners_keep(&part->plan->cloud, first, last, part->index);
    if (!part->plan->cloud.options->verbose)
        dup2(STDOUT_FILENO, STDERR_FILENO);
}

static int run_door_kv(const void *state)
{
    const struct part *part = state;
    const struct cloud *cloud = &part->plan->cloud;
    const struct door_options options = {
        .plain_fd = cloud->listeners[CLOUD_KV][part->index].fd,
        .tls_fd = cloud->listeners[CLOUD_KV_TLS][part->index].fd,
        .cert_file = cloud->ca.cert,
        .key_file = cloud->ca.key,
        .redis_socket = cloud->services.redis_socket,
        .kv_token = cloud->kv_token,
        .shared = cloud->shared,
    };

    begin_part(part, CLOUD_KV, CLOUD_KV_TLS);
    return doors_kv_run(&options);
}

static int run_door_sql(const void *state)
{
    const struct part *part = state;
    const struct cloud *cloud = &part->plan->cloud;
    const struct door_options options = {
        .plain_fd = cloud->listeners[CLOUD_SQL][part->index].fd,
        .tls_fd = cloud->listeners[CLOUD_SQL_TLS][part->index].fd,
        .cert_file = cloud->ca.cert,
        .key_file = cloud->ca.key,
        .pg_conninfo = part->plan->conninfo,
        .service_conninfo = part->plan->service_conninfo,
        .neon_connection_string = cloud->neon_connection_string,
        .service_key = cloud->service_key,
        .pool_size = DATABASE_CONNECTIONS / cloud->options->door_processes,
        .shared = cloud->shared,
    };

    begin_part(part, CLOUD_SQL, CLOUD_SQL_TLS);
    return doors_sql_run(&options);
}

static int run_platform(const void *state)
{
    const struct part *part = state;
    const struct cloud *cloud = &part->plan->cloud;
    const struct listener *front = &cloud->listeners[CLOUD_FRONT][part->index];
    const struct listener *runtime =
        &cloud->listeners[CLOUD_RUNTIME][part->index];
    const struct settings settings = {
        .options = cloud->options,
        .shared = cloud->shared,
        .index = part->index,
        .front_fd = front->fd,
        .front_port = front->port,
        .runtime_fd = runtime->fd,
        .runtime_port = runtime->port,
        .control_fd = cloud->listeners[CLOUD_CONTROL][part->index].fd,
        .function = cloud->function,
        .ca_file = cloud->ca.ca,
        .kv_port = listeners_port(cloud, CLOUD_KV_TLS),
        .sql_port = listeners_port(cloud, CLOUD_SQL_TLS),
        .kv_token = cloud->kv_token,
        .neon_connection_string = cloud->neon_connection_string,
        .service_key = cloud->service_key,
        .secret = cloud->secret,
    };

    begin_part(part, CLOUD_FRONT, CLOUD_CONTROL);
    return platform_run(&settings);
}

/* A process of several of its kind. */
static struct role part_role(const struct part *part, const char *name,
                             int (*run)(const void *state))
{
    return (struct role){
        .name = name,
        .run = run,
        .state = part,
        .stop_signal = SIGTERM,
        .own_session = part->plan->cloud.options->platform_processes > 1,
    };
}

static void name_parts(struct plan *plan)
{
    for (int i = 0; i < OPTIONS_PROCESSES_MAX; i++) {
        struct part *part = &plan->parts[i];

        *part = (struct part){plan, i};
        plan->door_kv[i] = part_role(part, "the KV door", run_door_kv);
        plan->door_sql[i] = part_role(part, "the SQL door", run_door_sql);
        plan->platform[i] = part_role(part, "the platform", run_platform);
    }
}

static void name_roles(struct plan *plan)
{
    struct cloud *cloud = &plan->cloud;
    const struct services *services = &cloud->services;
    bool crowded = cloud->options->platform_processes > 1;

    (void)snprintf(plan->setup_log, LOG_MAX, "%s/database.log", cloud->dir);
    (void)snprintf(plan->ready_log, LOG_MAX, "%s/ready.log", cloud->dir);
    services_conninfo(services, SERVICES_DATABASE, SERVICES_DATABASE,
                      plan->conninfo);
    services_conninfo(services, SERVICES_SERVICE_ROLE, SERVICES_DATABASE,
                      plan->service_conninfo);
    plan->printer = (struct role){.name = "the printer of the log",
                                  .run = printer_run,
                                  .state = cloud->log,
                                  .stop_signal = SIGTERM};
    plan->redis = (struct role){.name = "redis-server",
                                .run = services_run_redis,
                                .state = services,
                                .stop_signal = SERVICES_REDIS_STOP,
                                .log_file = services->redis_log,
                                .own_session = crowded,
                                .again = true};
    plan->initdb = (struct role){
        "initdb", services_run_initdb,  services, SERVICES_INITDB_STOP,
        true,     services->initdb_log, false,    false};
    plan->postgres = (struct role){
        "postgres", services_run_postgres,  services, SERVICES_POSTGRES_STOP,
        false,      services->postgres_log, crowded,  false};
    plan->setup = (struct role){"database", database_setup_run, cloud, SIGKILL,
                                true,       plan->setup_log,    false, false};
    plan->ready = (struct role){"not ready", ready_run,       cloud, SIGKILL,
                                true,        plan->ready_log, false, false};
    name_parts(plan);
}

/* ---- up, and down again ---- */

static bool run_step(struct plan *plan, const struct role *role,
                     struct error *err)
{
    return supervisor_start(&plan->supervisor, role, err) &&
           supervisor_join(&plan->supervisor, role, STEP_TIMEOUT_MS, err);
}

static bool start_parts(struct plan *plan, const struct role roles[], int count,
                        struct error *err)
{
    for (int i = 0; i < count; i++) {
        if (!supervisor_start(&plan->supervisor, &roles[i], err))
            return false;
    }
    return true;
}

/*
 * Start the log: from now on our standard output and that of all that we start
 * is the file, and the printer alone has the one that we were given.
 */
static bool start_log(struct plan *plan, struct error *err)
{
    const struct cloud *cloud = &plan->cloud;
    int fd;

    if (cloud->options->verbose)
        return true;
    fd = open(cloud->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set(err, "write %s: %s", cloud->log, strerror(errno));
        return false;
    }
    if (!supervisor_start(&plan->supervisor, &plan->printer, err)) {
        close(fd);
        return false;
    }
    dup2(fd, STDOUT_FILENO);
    close(fd);
    return true;
}

/* What takes longest, PostgreSQL, goes on beside all else. */
static bool bring_up(struct plan *plan, struct error *err)
{
    struct cloud *cloud = &plan->cloud;
    struct supervisor *supervisor = &plan->supervisor;
    int doors = cloud->options->door_processes;
    int platforms = cloud->options->platform_processes;

    return supervisor_init(supervisor, cloud->dir, cloud->env_file, err) &&
           start_log(plan, err) && services_make_dirs(&cloud->services, err) &&
           supervisor_start(supervisor, &plan->initdb, err) &&
           supervisor_start(supervisor, &plan->redis, err) &&
           ca_make(&cloud->ca, cloud->dir, err) &&
           supervisor_join(supervisor, &plan->initdb, STEP_TIMEOUT_MS, err) &&
           supervisor_start(supervisor, &plan->postgres, err) &&
           run_step(plan, &plan->setup, err) &&
           start_parts(plan, plan->door_kv, doors, err) &&
           start_parts(plan, plan->door_sql, doors, err) &&
           start_parts(plan, plan->platform, platforms, err) &&
           run_step(plan, &plan->ready, err) && env_file_write(cloud, err);
}

/* In one piece: what the platform says at the same time comes around it. */
static void say_ready(const struct cloud *cloud)
{
    int port = listeners_port(cloud, CLOUD_FRONT);
    struct buffer text;

    buffer_init(&text, READY_MAX);
    if (buffer_append_format(
            &text,
            "ready: http://127.0.0.1:%d runs %s, up to %d instances\n"
            "  Redis REST   http://127.0.0.1:%d, https://localhost:%d\n"
            "  SQL, RPC     http://127.0.0.1:%d, https://localhost:%d\n"
            "  control      http://127.0.0.1:%d/stats\n"
            "  variables    . ",
            port, cloud->function, cloud->options->instances,
            listeners_port(cloud, CLOUD_KV),
            listeners_port(cloud, CLOUD_KV_TLS),
            listeners_port(cloud, CLOUD_SQL),
            listeners_port(cloud, CLOUD_SQL_TLS),
            listeners_port(cloud, CLOUD_CONTROL)) &&
        env_file_quote(&text, cloud->env_file) &&
        (cloud->options->verbose ||
         buffer_append_format(&text, "\n  whole log    %s", cloud->log)) &&
        buffer_append_format(
            &text,
            "\ntry:\n"
            "  curl -i http://127.0.0.1:%d/api/health\n"
            "  curl -i -X POST http://127.0.0.1:%d/api/purchase"
            " -H 'Content-Type: application/json'"
            " -d '{\"product_id\":1,\"buyer\":\"alice\"}'\n",
            port, port))
        report_write(buffer_slice(&text));
    buffer_release(&text);
}

static bool run(struct plan *plan, struct error *err)
{
    bool stopped_as_asked = false;

    name_roles(plan);
    if (bring_up(plan, err)) {
        say_ready(&plan->cloud);
        stopped_as_asked = supervisor_watch(&plan->supervisor, err);
    }
    stopped_as_asked |= plan->supervisor.stop_requested;
    supervisor_release(&plan->supervisor);
    return stopped_as_asked;
}

/* libpq must hear from us alone where the database is. */
static void forget_postgres_variables(void)
{
    for (size_t i = 0; environ[i] != NULL;) {
        char name[64];

        (void)snprintf(name, sizeof(name), "%.*s",
                       (int)strcspn(environ[i], "="), environ[i]);
        if (strncmp(name, "PG", 2) != 0 || unsetenv(name) != 0 ||
            getenv(name) != NULL)
            i++;
    }
}

static bool prepare(struct cloud *cloud, struct error *err)
{
    return file_limit_raise(cloud->options, err) && cloud_init(cloud, err) &&
           listeners_open(cloud, err) && env_file_claim(cloud, err);
}

int run_cloud(const struct options *options)
{
    struct error err = {""};
    struct plan plan = {.cloud = {.options = options, .env_fd = -1}};
    struct cloud *cloud = &plan.cloud;
    bool good = false;

    forget_postgres_variables();
    listeners_forget(cloud);
    if (prepare(cloud, &err) &&
        (cloud->shared = shared_new(options->instances, &err)) != NULL)
        good = run(&plan, &err);
    listeners_close(cloud);
    shared_free(cloud->shared);
    if (cloud->env_fd >= 0)
        close(cloud->env_fd);
    if (!good)
        (void)fprintf(stderr, "local-cloud: %s\n", err.text);
    return good ? 0 : 1;
}
