/*
 * The function: reads the environment, puts the parts together, and serves
 * until the platform ends it.  After a mistake in the settings it still opens
 * the platform's API, so that the platform learns why the start failed.
 *
 *     bootstrap                what a platform starts
 *     bootstrap check [FILE]   prints the mistakes of the operations' file, one
 *                              a line, or how many operations it has
 *
 * Exit status: 1 if it cannot start or the platform's API is gone; of the
 * check, 1 if there are mistakes, else 0.
 */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certificates.h"
#include "config.h"
#include "guard/bouncer.h"
#include "guard/lock_store_kv.h"
#include "operations_file.h"
#include "program.h"
#include "wire/http.h"
#include "wrapper.h"

/* Init may last 10 s (AWS Lambda); a store that is down must not fail it. */
#define PRECONNECT_TIMEOUT_MS 1500

/* Larger than any block of a usual request. */
#define LARGE_BLOCK_BYTES (128 * 1024)

struct function {
    char program[PROGRAM_PATH_MAX]; /* the path of this program */
    struct log log;
    struct operations operations;
    struct http_session *http;
    struct transport *runtime_http;
    struct transport *kv_http;
    struct transport *database_http;
    struct runtime runtime;
    struct kv kv;
    struct database database;
    struct lock_store_kv lock_store;
    struct lock_client locks;
    struct instance instance;
    struct request request;
    /* Connecting ahead failed; logged with the first event. */
    bool store_is_silent;
};

/* Runs after become_wrapper(): a wrapper would inherit the ignored signal. */
static void set_up_process(void)
{
    /* A log whose reader is gone must not end the process during a sale. */
    (void)signal(SIGPIPE, SIG_IGN);
    /*
     * Return large blocks to the kernel when they are freed.  Otherwise glibc
     * raises its threshold after the first large event and keeps later ones.
     */
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES);
}

/* Become the platform's wrapper if it names one; a failure is in ERR. */
static void become_wrapper(const struct function *f, char *const argv[],
                           struct error *err)
{
    const char *wrapper = getenv(WRAPPER_VARIABLE);

    if (wrapper && wrapper[0])
        wrapper_exec(wrapper, f->program, argv, err);
}

/* Write a log line for each mistake. */
static void log_mistakes(struct function *f, const struct config *config)
{
    const char *line = config->mistakes.data;

    while (line && *line) {
        const size_t len = strcspn(line, "\n");
        struct error mistake;

        error_set(&mistake, "%.*s", (int)len, line);
        log_event(&f->log, "error", "configuration", mistake.text);
        line += len + (line[len] == '\n');
    }
}

/* Add the mistakes of the operations to those of CONFIG. */
static bool read_operations(struct function *f, struct config *config,
                            const char *named)
{
    const struct operation_limits limits = {.work_ms = config_work_ms(config)};

    return operations_file_read(&f->operations, named, f->program, &limits,
                                &config->mistakes);
}

/* Log the mistakes now; serve() reports them to the platform. */
static void read_config(struct function *f, struct config *config,
                        const struct error *wrapper_err)
{
    bool good = config_read(config, environ);

    good = read_operations(f, config, config->operations_file) && good;
    /* Without the wrapper other settings are missing too: report only it. */
    if (wrapper_err->text[0]) {
        buffer_clear(&config->mistakes);
        good = false;
        if (!buffer_append_text(&config->mistakes, wrapper_err->text))
            return;
    }
    if (!good)
        log_mistakes(f, config);
}

/* Without a secret an operation that asks for it has no caller: say so. */
static void warn_of_no_secret(struct function *f, const struct config *config)
{
    size_t i = 0;

    while (i < f->operations.count && !f->operations.list[i].wants_secret)
        i++;
    if (i < f->operations.count && !config->secret)
        log_event(&f->log, "warn", "configuration",
                  "BOUNCER_SECRET is not set: operations whose callers are "
                  "\"secret\" answer 401 to all");
}

static void find_certificates(struct function *f, const struct config *config,
                              struct certificates *certificates)
{
    if (!certificates_find(certificates, config->ca_file, f->program,
                           certificates_places, certificates_place_count))
        log_event(&f->log, "error", "certificates",
                  "this machine has no CA certificates, so no https server "
                  "can be verified: put the directory certs beside "
                  "the program or name a bundle in BOUNCER_CA_FILE");
}

static bool open_transports(struct function *f, const struct config *config,
                            struct error *err)
{
    struct certificates certificates;
    struct http_session_options options;

    find_certificates(f, config, &certificates);
    options = (struct http_session_options){
        .ca_file = certificates.file,
        .ca_dir = certificates.dir,
    };
    f->http = http_session_new(&options, err);
    if (!f->http)
        return false;
    /* Plain http to the stores: config accepts it for loopback hosts only. */
    f->runtime_http = http_session_channel(f->http, true, err);
    f->kv_http = http_session_channel(f->http, true, err);
    f->database_http = http_session_channel(f->http, true, err);
    return f->runtime_http && f->kv_http && f->database_http;
}

static bool open_runtime(struct function *f, const struct config *config,
                         struct error *err)
{
    const struct runtime_options options = {
        .transport = f->runtime_http,
        .api = config->runtime_api,
        .clock = clock_system(),
        .log = &f->log,
    };

    return runtime_init(&f->runtime, &options, err);
}

static bool open_platform(struct function *f, const struct config *config,
                          struct error *err)
{
    if (config->runtime_api)
        return open_transports(f, config, err) && open_runtime(f, config, err);
    error_set(err, "AWS_LAMBDA_RUNTIME_API is not set: a serverless "
                   "platform starts this program; `make run` emulates one");
    return false;
}

static bool open_stores(struct function *f, const struct config *config,
                        struct error *err)
{
    const struct kv_options kv = {
        .transport = f->kv_http,
        .url = config->kv_url,
        .token = config->kv_token,
    };
    const struct database_options database = {
        .api = config->database_api,
        .transport = f->database_http,
        .url = config->database_url,
        .secret = config->database_secret,
    };

    return kv_init(&f->kv, &kv, err) &&
           database_init(&f->database, &database, err);
}

static void open_instance(struct function *f, const struct config *config)
{
    const struct lock_client_options locks = {
        .store = &f->lock_store.store,
        .clock = clock_system(),
        .tries = config->kv_tries,
    };

    lock_store_kv_init(&f->lock_store, &f->kv, clock_system(),
                       config->kv_timeout_ms);
    lock_client_init(&f->locks, &locks);
    f->instance.options = (struct instance_options){
        .operations = &f->operations,
        .locks = &f->locks,
        .database = &f->database,
        .clock = clock_system(),
        .log = &f->log,
        .lease_s = config->lease_s,
        .denied_status = config->denied_status,
        .lock_budget_ms = config->kv_tries * config->kv_timeout_ms,
        .kv_timeout_ms = config->kv_timeout_ms,
        .database_timeout_ms = config->database_timeout_ms,
        .path_prefix = config->path_prefix,
        .cors_origins = config->cors_origins,
        .secrets = {config->secret, config->other_secret},
    };
    request_init(&f->request, &f->instance);
}

static void preconnect(struct function *f, const struct config *config)
{
    struct transport *const stores[] = {f->kv_http, f->database_http};
    const char *const urls[] = {config->kv_url, config->database_url};

    f->store_is_silent =
        http_preconnect(stores, urls, 2, PRECONNECT_TIMEOUT_MS) < 2;
}

static void handle(void *state, const struct runtime_invocation *invocation,
                   const struct message_request *message,
                   struct message_response *response)
{
    struct function *f = state;

    if (f->store_is_silent)
        log_event(&f->log, "warn", "preconnect",
                  "a store did not answer at start");
    f->store_is_silent = false;
    request_begin(&f->request, invocation, message, response);
    bouncer_handle(&f->request);
}

static void finish(void *state)
{
    struct function *f = state;

    bouncer_finish(&f->request);
}

/* Serve until the platform ends us; returns only on failure. */
static void serve(struct function *f, const struct config *config,
                  struct error *err)
{
    const struct runtime_handler handler = {
        .handle = handle,
        .finish = finish,
        .state = f,
    };

    if (config->mistakes.len) {
        error_set(err,
                  "the settings or the operations have mistakes; each has its "
                  "own line in the log");
        runtime_init_error(&f->runtime, "Runtime.InvalidConfiguration",
                           config->mistakes.data);
        return;
    }
    if (!open_stores(f, config, err)) {
        runtime_init_error(&f->runtime, "Runtime.InitFailed", err->text);
        return;
    }
    open_instance(f, config);
    warn_of_no_secret(f, config);
    if (config->preconnect)
        preconnect(f, config);
    runtime_run(&f->runtime, &handler, err);
}

/* bootstrap check [FILE]: print the mistakes of the operations, or how many. */
static int check(struct function *f, const char *named)
{
    const char *set = getenv("BOUNCER_OPERATIONS");
    struct config config;
    bool good;

    /* The settings' own mistakes are another matter. */
    if (!config_read(&config, environ))
        buffer_clear(&config.mistakes);
    if (!named && set && *set)
        named = set;
    good = read_operations(f, &config, named);
    if (good)
        (void)printf("%zu operation%s\n", f->operations.count,
                     f->operations.count == 1 ? "" : "s");
    else
        (void)printf("%s\n", config.mistakes.data);
    operations_release(&f->operations);
    config_release(&config);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    static struct function f; /* large: only what is used of it is touched */
    struct config config;
    struct error wrapper_err = {0}, err = {0};

    program_find(f.program, argc ? argv[0] : "bootstrap");
    if (argc >= 2 && strcmp(argv[1], "check") == 0)
        return check(&f, argv[2]);
    become_wrapper(&f, argv, &wrapper_err);
    set_up_process();
    log_init_fd(&f.log, STDERR_FILENO, clock_system());
    log_set_level(&f.log, getenv("AWS_LAMBDA_LOG_LEVEL"));
    read_config(&f, &config, &wrapper_err);
    if (open_platform(&f, &config, &err))
        serve(&f, &config, &err);
    log_event(&f.log, "error", "end", err.text);
    request_release(&f.request);
    database_release(&f.database);
    kv_release(&f.kv);
    runtime_release(&f.runtime);
    http_session_free(f.http);
    operations_release(&f.operations);
    config_release(&config);
    log_release(&f.log);
    return EXIT_FAILURE;
}
