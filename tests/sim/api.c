/*
 * "next" waits for an attempt and gives it as an event; what is posted is read
 * back as a client would read it.
 */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buyers.h"
#include "world.h"

static const struct json_limits limits = {
    .max_bytes = 1024UL * 1024, .max_depth = 16, .max_values = 4096};

/* The path of the operation that ATTEMPT's call belongs to. */
static const char *path_of(const struct attempt *attempt)
{
    const struct operations *operations = world_operations(attempt->world);
    size_t i = 0;

    while (strcmp(operations->list[i].call, world_call(attempt)) != 0)
        i++;
    return operations->list[i].path;
}

static void write_event(const struct attempt *attempt, struct buffer *out)
{
    const struct buyer *buyer = attempt->buyer;
    struct json_document doc;
    struct json *root = json_new_object(&doc);
    struct json *headers;

    json_add_string(&doc, root, "version", "2.0");
    json_add_string(&doc, root, "rawPath", path_of(attempt));
    json_add_string(
        &doc,
        json_add_object(&doc, json_add_object(&doc, root, "requestContext"),
                        "http"),
        "method", "POST");
    headers = json_add_object(&doc, root, "headers");
    json_add_string(&doc, headers, "content-type", "application/json");
    json_add_string(&doc, headers, "authorization",
                    "Bearer " MACHINE_CALLERS_SECRET);
    if (attempt->key[0])
        json_add_string(&doc, headers, "idempotency-key", attempt->key);
    json_add_string(&doc, root, "body", buyer->body);
    if (!json_print(&doc, out))
        abort();
    json_release(&doc);
}

static void add_line(struct transport_response *response, const char *name,
                     long long value)
{
    char line[96];

    (void)snprintf(line, sizeof(line), "%s: %lld", name, value);
    transport_response_add_header(response, slice_of(line));
}

/* What was left to do after the last answer is done. */
static void finish(struct machine *machine)
{
    struct attempt *attempt = machine->attempt;
    const struct facts facts = {.world = machine->world, .attempt = attempt};

    if (!attempt || !attempt->status || machine->dead)
        return;
    auditor_see(MOMENT_FINISH, &facts);
    attempt->over = true;
    machine->attempt = NULL;
}

static void ask_next(struct machine *machine,
                     struct transport_response *response)
{
    const struct climate *climate = &machine->world->plan.climate;

    finish(machine);
    machine->asks = true;
    while (!machine->attempt && !machine->dead)
        machine_pause(machine);
    machine->asks = false;
    response->status = machine->dead ? 500 : 200;
    if (machine->dead)
        return;
    add_line(response, "Lambda-Runtime-Aws-Request-Id",
             machine->attempt - machine->world->attempts);
    if (climate->limit_ms)
        add_line(response, "Lambda-Runtime-Deadline-Ms",
                 clock_epoch_ms(&machine->clock) + climate->limit_ms);
    write_event(machine->attempt, &response->body);
}

static void read_header(struct attempt *attempt, const struct json *headers)
{
    const char *key = json_string(json_get(headers, "idempotency-key")).at;

    attempt->has_retry_after = json_string(json_get(headers, "retry-after")).at;
    attempt->replayed =
        json_string(json_get(headers, "idempotent-replayed")).at;
    if (key)
        (void)snprintf(attempt->key, sizeof(attempt->key), "%s", key);
}

static void read_body(struct attempt *attempt, const struct json *body)
{
    const char *type = json_string(json_get(body, "type")).at;

    if (type)
        (void)snprintf(attempt->type, sizeof(attempt->type), "%s",
                       type + strlen(MESSAGE_PROBLEM_TYPE));
    if (!json_integer(json_get(body, "order_id"), &attempt->order))
        attempt->order = 0;
    if (!json_integer(json_get(body, "retry_after_ms"),
                      &attempt->retry_after_ms))
        attempt->retry_after_ms = 0;
}

static void take_answer(struct machine *machine, struct slice text)
{
    struct attempt *attempt = machine->attempt;
    const struct facts facts = {.world = machine->world, .attempt = attempt};
    struct json_document answer;
    struct json_document body;
    int64_t status = 0;

    if (!json_parse(&answer, text, &limits, NULL) ||
        !json_parse(&body, json_string(json_get(answer.root, "body")), &limits,
                    NULL) ||
        !json_integer(json_get(answer.root, "statusCode"), &status))
        abort();
    attempt->status = (int)status;
    attempt->answered_us = machine->world->timeline.now_us;
    read_header(attempt, json_get(answer.root, "headers"));
    read_body(attempt, body.root);
    json_release(&body);
    json_release(&answer);
    world_tell(machine->world, "instance %d answers buyer %d: %d %s",
               machine->number, attempt->buyer->number, attempt->status,
               attempt->type);
    auditor_see(MOMENT_ANSWER, &facts);
    buyers_answer(attempt);
}

enum transport_result api_exchange(void *state,
                                   const struct transport_request *req,
                                   struct transport_response *response,
                                   struct error *err)
{
    struct machine *machine = state;

    (void)err;
    response->sends = 1;
    if (strcmp(req->method, "GET") == 0) {
        ask_next(machine, response);
        return TRANSPORT_ANSWERED;
    }
    if (machine->dead)
        return TRANSPORT_UNKNOWN;
    if (!strstr(req->url, "/response"))
        abort(); /* no event here is unreadable */
    take_answer(machine, req->body);
    response->status = 202;
    return TRANSPORT_ANSWERED;
}
