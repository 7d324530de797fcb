/*
 * Each question is one request on a connection of its own, and its answer is
 * parsed by json.h: an answer that is no JSON, or lacks what was asked for, is
 * a failure and no zero.
 */
#include "control_client.h"

#include <stdio.h>
#include <stdlib.h>

#include "ask.h"
#include "base/clock.h"
#include "base/json.h"

#define STEP_MS 100
#define WARM_STEPS 3000
#define STEPS_PER_WORD 50

/* Work after an answer is over soon. */
#define REST_STEPS 600

/* Sixteen thousand instances are a megabyte. */
#define ANSWER_MAX_BYTES (8UL * 1024 * 1024)

static const struct json_limits limits = {
    .max_bytes = ANSWER_MAX_BYTES, .max_depth = 8, .max_values = 1000000};

/* The answer to a GET (BODY is NULL) or a POST, as JSON. */
static bool converse(const char *url, const char *path, const char *body,
                     struct json_document *doc, struct error *err)
{
    char whole[256];
    char *answer = malloc(ANSWER_MAX_BYTES);
    int status = 0;
    bool good = false;

    (void)snprintf(whole, sizeof(whole), "%s%s", url, path);
    if (answer)
        status = ask(&(struct ask_request){.url = whole, .body = body}, answer,
                     ANSWER_MAX_BYTES);
    if (status == 200)
        good = json_parse(doc, slice_of(ask_body(answer)), &limits, err);
    else
        error_set(err, "status %d: %.200s", status,
                  status ? ask_body(answer) : "no answer");
    if (!good)
        error_prefix(err, "%s", whole);
    free(answer);
    return good;
}

bool control_client_post(const char *url, const char *path, const char *body,
                         struct error *err)
{
    struct json_document doc = {.root = NULL};
    bool good = converse(url, path, body, &doc, err);

    json_release(&doc);
    return good;
}

bool control_client_fault(const char *url, const char *door, const char *fault,
                          long long value, struct error *err)
{
    char body[256];

    (void)snprintf(body, sizeof(body),
                   "{\"door\":\"%s\",\"fault\":\"%s\",\"value\":%lld}", door,
                   fault, value);
    return control_client_post(url, "/faults", body, err);
}

bool control_client_counters(const char *url, const char *const names[],
                             long long values[], size_t count,
                             struct error *err)
{
    struct json_document doc = {.root = NULL};
    bool good = converse(url, "/stats", NULL, &doc, err);

    for (size_t i = 0; good && i < count; i++) {
        int64_t value;

        good = json_integer(json_get(doc.root, names[i]), &value);
        if (good)
            values[i] = value;
        else
            error_set(err, "%s/stats has no counter %s", url, names[i]);
    }
    json_release(&doc);
    return good;
}

bool control_client_pids(const char *url, const char *state, pid_t pids[],
                         size_t count, size_t *found, struct error *err)
{
    struct json_document doc = {.root = NULL};
    bool good = converse(url, "/instances", NULL, &doc, err);
    const struct json *one;

    *found = 0;
    for (one = json_first(doc.root); one && *found < count;
         one = json_next(one)) {
        int64_t pid;

        if ((!state || slice_is(json_string(json_get(one, "state")), state)) &&
            json_integer(json_get(one, "pid"), &pid))
            pids[(*found)++] = (pid_t)pid;
    }
    json_release(&doc);
    return good;
}

bool control_client_warm(const char *url, int count,
                         void (*progress)(const char *what, int done,
                                          int count),
                         struct error *err)
{
    static const char *const names[] = {"instances_starting", "instances_idle"};
    long long counts[] = {0, 0};

    if (!control_client_post(url, "/warm", "{}", err))
        return false;
    for (int i = 1; i < WARM_STEPS; i++) {
        if (!control_client_counters(url, names, counts, 2, err))
            return false;
        if (counts[1] >= count)
            return true;
        if (counts[0] == 0)
            break;
        if (progress && i % STEPS_PER_WORD == 0)
            progress("instances are up", (int)counts[1], count);
        clock_sleep_ms(clock_system(), STEP_MS);
    }
    error_set(err, "only %lld of %d instances started: see the cloud's log",
              counts[1], count);
    return false;
}

bool control_client_rest(const char *url, long long *still_busy,
                         struct error *err)
{
    static const char *const name = "instances_busy";

    for (int i = 0; i < REST_STEPS; i++) {
        if (!control_client_counters(url, &name, still_busy, 1, err))
            return false;
        if (*still_busy == 0)
            return true;
        clock_sleep_ms(clock_system(), STEP_MS);
    }
    return true;
}
