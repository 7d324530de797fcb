/*
 * Everything is real but the two transports, the clock and the log's end: a
 * test scripts what the stores answer, serves a request, and reads the answer.
 */
#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "operations_file.h"

static void open_stores(struct world *w)
{
    struct error err;
    struct kv_options kv = {
        .transport = &w->store.transport,
        .url = "https://kv.example",
        .token = WORLD_SECRET,
    };
    struct database_options database = {
        .api = DATABASE_NEON,
        .transport = &w->database_api.transport,
        .url = "https://db.example/sql",
        .secret = "postgresql://u:db-secret@db.example/shop",
    };

    cr_assert(kv_init(&w->kv, &kv, &err));
    cr_assert(database_init(&w->database, &database, &err));
}

/* What a lease must have room for: one request to each store. */
static const struct operation_limits limits = {.work_ms = 3800};

/* The tests run from the top of the repository. */
static void read_shipped_operations(struct world *w)
{
    struct buffer mistakes;

    buffer_init(&mistakes, 4096);
    cr_assert(operations_file_read(&w->operations, "function/operations.json",
                                   "", &limits, &mistakes),
              "%s", mistakes.data);
    buffer_release(&mistakes);
    /* Which of several permits is asked for would be chance. */
    for (size_t i = 0; i < w->operations.count; i++)
        w->operations.list[i].permits = 1;
}

void world_operations(struct world *w, const char *text)
{
    struct buffer mistakes;

    buffer_init(&mistakes, 4096);
    operations_release(&w->operations);
    cr_assert(
        operations_read(&w->operations, slice_of(text), &limits, &mistakes),
        "%s", mistakes.data);
    buffer_release(&mistakes);
}

void world_open(struct world *w)
{
    memset(w, 0, sizeof(*w));
    fake_clock_init(&w->clock);
    captured_log_init(&w->log, &w->clock.clock);
    fake_transport_init(&w->store, &w->clock);
    fake_transport_init(&w->database_api, &w->clock);
    message_response_init(&w->res, 65536);
    open_stores(w);
    lock_store_kv_init(&w->redis, &w->kv, &w->clock.clock, 800);
    lock_client_init(&w->locks,
                     &(struct lock_client_options){.store = &w->redis.store,
                                                   .clock = &w->clock.clock,
                                                   .tries = 3});
    w->instance.options = (struct instance_options){
        .operations = &w->operations,
        .locks = &w->locks,
        .database = &w->database,
        .clock = &w->clock.clock,
        .log = &w->log.log,
        .lease_s = 10,
        .denied_status = 409,
        .lock_budget_ms = 2400,
        .kv_timeout_ms = 800,
        .database_timeout_ms = 3000,
    };
    read_shipped_operations(w);
    request_init(&w->guarded, &w->instance);
    w->invocation = (struct runtime_invocation){
        .request_id = "request-1",
        .deadline_ms = RUNTIME_NO_DEADLINE,
        .dialect = "test",
    };
}

void world_close(struct world *w)
{
    cr_expect(fake_transport_is_done(&w->store), "store: %zu of %zu steps",
              w->store.request_count, w->store.step_count);
    cr_expect(fake_transport_is_done(&w->database_api),
              "database: %zu of %zu steps", w->database_api.request_count,
              w->database_api.step_count);
    cr_expect(!captured_log_has(&w->log, WORLD_SECRET));
    cr_expect(!captured_log_has(&w->log, "db-secret"));
    cr_expect(!w->store.token[0] || !captured_log_has(&w->log, w->store.token));
    request_release(&w->guarded);
    operations_release(&w->operations);
    database_release(&w->database);
    kv_release(&w->kv);
    message_response_release(&w->res);
    fake_transport_release(&w->store);
    fake_transport_release(&w->database_api);
    captured_log_release(&w->log);
}

void world_header(struct world *w, const char *name, const char *value)
{
    message_add_header(&w->request, slice_of(name), slice_of(value));
}

void world_serve(struct world *w, const char *method, const char *path,
                 const char *body)
{
    w->request.method = slice_of(method);
    w->request.path = slice_of(path);
    w->request.body = slice_of(body);
    message_response_clear(&w->res);
    request_begin(&w->guarded, &w->invocation, &w->request, &w->res);
    bouncer_handle(&w->guarded);
    bouncer_finish(&w->guarded);
    w->request.header_count = 0;
}

void world_post(struct world *w, const char *path, const char *body)
{
    world_header(w, "Content-Type", "application/json");
    world_serve(w, "POST", path, body);
}

struct fake_step *world_row(struct world *w, const char *row)
{
    char body[1024];

    (void)snprintf(body, sizeof(body),
                   "{\"rows\":[{\"answer\":%s}],\"rowCount\":1}", row);
    return fake_transport_answer(&w->database_api, 200, body);
}

bool world_said(const struct world *w, const char *words)
{
    return w->res.body.data && strstr(w->res.body.data, words);
}
