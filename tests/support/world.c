/*
 * Everything is real but the two transports, the clock and the log's end: a
 * test scripts what the stores answer, serves a request, and reads the answer.
 */
#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "operations_file.h"

struct world world;

static void open_stores(void)
{
    struct error err;
    struct kv_options kv = {
        .transport = &world.store.transport,
        .url = "https://kv.example",
        .token = WORLD_SECRET,
    };
    struct database_options database = {
        .api = DATABASE_NEON,
        .transport = &world.database_api.transport,
        .url = "https://db.example/sql",
        .secret = "postgresql://u:db-secret@db.example/shop",
    };

    cr_assert(kv_init(&world.kv, &kv, &err));
    cr_assert(database_init(&world.database, &database, &err));
}

/* What a lease must have room for: one request to each store. */
static const struct operation_limits limits = {.work_ms = 3800};

/* The tests run from the top of the repository. */
static void read_shipped_operations(void)
{
    struct buffer mistakes;

    buffer_init(&mistakes, 4096);
    cr_assert(operations_file_read(&world.operations,
                                   "function/operations.json", "", &limits,
                                   &mistakes),
              "%s", mistakes.data);
    buffer_release(&mistakes);
    /* Which of several permits is asked for would be chance. */
    for (size_t i = 0; i < world.operations.count; i++)
        world.operations.list[i].permits = 1;
}

void world_operations(const char *text)
{
    struct buffer mistakes;

    buffer_init(&mistakes, 4096);
    operations_release(&world.operations);
    cr_assert(
        operations_read(&world.operations, slice_of(text), &limits, &mistakes),
        "%s", mistakes.data);
    buffer_release(&mistakes);
}

void world_open(void)
{
    fake_clock_init(&world.clock);
    captured_log_init(&world.log, &world.clock.clock);
    fake_transport_init(&world.store, &world.clock);
    fake_transport_init(&world.database_api, &world.clock);
    message_response_init(&world.res, 65536);
    open_stores();
    lock_store_kv_init(&world.redis, &world.kv, &world.clock.clock, 800);
    lock_client_init(&world.locks,
                     &(struct lock_client_options){.store = &world.redis.store,
                                                   .clock = &world.clock.clock,
                                                   .tries = 3});
    world.instance.options = (struct instance_options){
        .operations = &world.operations,
        .locks = &world.locks,
        .database = &world.database,
        .clock = &world.clock.clock,
        .log = &world.log.log,
        .lease_s = 10,
        .denied_status = 409,
        .lock_budget_ms = 2400,
        .kv_timeout_ms = 800,
        .database_timeout_ms = 3000,
    };
    read_shipped_operations();
    request_init(&world.guarded, &world.instance);
    world.invocation = (struct runtime_invocation){
        .request_id = "request-1",
        .deadline_ms = RUNTIME_NO_DEADLINE,
        .dialect = "test",
    };
}

void world_close(void)
{
    cr_expect(fake_transport_is_done(&world.store), "store: %zu of %zu steps",
              world.store.request_count, world.store.step_count);
    cr_expect(fake_transport_is_done(&world.database_api),
              "database: %zu of %zu steps", world.database_api.request_count,
              world.database_api.step_count);
    cr_expect(!captured_log_has(&world.log, WORLD_SECRET));
    cr_expect(!captured_log_has(&world.log, "db-secret"));
    cr_expect(!world.store.token[0] ||
              !captured_log_has(&world.log, world.store.token));
    request_release(&world.guarded);
    operations_release(&world.operations);
    database_release(&world.database);
    kv_release(&world.kv);
    message_response_release(&world.res);
    fake_transport_release(&world.store);
    fake_transport_release(&world.database_api);
    captured_log_release(&world.log);
    memset(&world, 0, sizeof(world)); /* so that a leak shows */
}

void world_header(const char *name, const char *value)
{
    message_add_header(&world.request, slice_of(name), slice_of(value));
}

void world_serve(const char *method, const char *path, const char *body)
{
    world.request.method = slice_of(method);
    world.request.path = slice_of(path);
    world.request.body = slice_of(body);
    message_response_clear(&world.res);
    request_begin(&world.guarded, &world.invocation, &world.request,
                  &world.res);
    bouncer_handle(&world.guarded);
    bouncer_finish(&world.guarded);
    world.request.header_count = 0;
}

void world_post(const char *path, const char *body)
{
    world_header("Content-Type", "application/json");
    world_serve("POST", path, body);
}

void world_buy(void)
{
    world_post("/api/purchase", "{\"product_id\":1,\"buyer\":\"alice\"}");
}

struct fake_step *world_store(const char *answer)
{
    return fake_transport_answer(&world.store, 200, answer);
}

struct fake_step *world_row(const char *row)
{
    char body[1024];

    (void)snprintf(body, sizeof(body),
                   "{\"rows\":[{\"answer\":%s}],\"rowCount\":1}", row);
    return fake_transport_answer(&world.database_api, 200, body);
}

bool world_said(const char *words)
{
    return world.res.body.data && strstr(world.res.body.data, words);
}

const char *world_told(const char *name)
{
    const char *value = message_response_header(&world.res, name);

    return value ? value : "(none)";
}
