/*
 * Any bytes as an operations file, and behind its first empty line a request's
 * body and query: a file with a mistake says so and leaves nothing behind, and
 * no request that a right file lets through makes a lock's name that is not
 * one.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guard/lock.h"
#include "guard/operation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fine)
{
    if (!fine)
        abort();
}

/* A cache gets only what anyone may see, and a header field stays one line. */
static void judge_cache_control(const struct operation *operation)
{
    const char *text = operation->cache_control;

    if (!text)
        return;
    require(!operation->wants_secret && strcmp(operation->method, "GET") == 0);
    require(*text && strlen(text) <= OPERATION_CACHE_CONTROL_MAX);
    for (; *text; text++)
        require(*text >= ' ' && *text <= '~');
}

static void judge_log(const struct operation *operation)
{
    const struct json *one = json_first(operation->logged);

    require(json_count(operation->logged) <= OPERATION_LOG_MAX);
    for (; one; one = json_next(one))
        require(json_string(one).len && !slice_is(json_string(one), "key"));
}

static void judge_tables(const struct operation *operation)
{
    bool success = false;

    require(operation->method && operation->path && operation->call);
    judge_cache_control(operation);
    judge_log(operation);
    for (size_t i = 0; i < operation->outcome_count; i++) {
        const struct operation_outcome *outcome = &operation->outcomes[i];

        success = success || outcome->status < 400;
        require((outcome->status < 400) == !outcome->title);
        require(operation_outcome(operation, slice_of(outcome->word)) ==
                outcome);
    }
    require(success);
    for (size_t i = 0; i < operation->field_count; i++)
        require(operation->fields[i].type &&
                operation->fields[i].min <= operation->fields[i].max);
}

/* The operation's own path, {name} as it stands, finds it or one like it. */
static void judge_finding(const struct operations *operations,
                          const struct operation *operation)
{
    char allow[48] = "";

    require(operations_find(operations, slice_of(operation->method),
                            slice_of(operation->path), allow, sizeof(allow)));
    require(strstr(allow, operation->method) != NULL);
}

static void judge_request(const struct operation *operation,
                          struct slice request)
{
    const struct fields_source source = {.list = operation->fields,
                                         .count = operation->field_count,
                                         .path = slice_of(operation->path),
                                         .path_pattern = operation->path,
                                         .query = request,
                                         .body = request,
                                         .has_body = operation->has_body};
    struct json_document mistakes;
    struct fields fields = {0};
    struct buffer name;
    struct error why;

    buffer_init(&name, LOCK_NAME_MAX - 1);
    if (fields_read(&fields, &source, &mistakes, &why) == FIELDS_READ &&
        operation->lock_name) {
        require(fields_expand(&fields, operation->lock_name, &name));
        require(lock_name_is_valid(name.data));
    }
    buffer_release(&name);
    fields_release(&fields);
    json_release(&mistakes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct operation_limits limits = {.work_ms = 5000};
    const char *end = size ? memmem(data, size, "\n\n", 2) : NULL;
    const size_t len = end ? (size_t)(end - (const char *)data) : size;
    struct slice request = {(const char *)data + len, size - len};
    struct operations operations;
    struct buffer mistakes;

    buffer_init(&mistakes, 8192);
    if (request.len >= 2) {
        request.at += 2;
        request.len -= 2;
    }
    if (operations_read(&operations, (struct slice){(const char *)data, len},
                        &limits, &mistakes)) {
        require(operations.count > 0 && !mistakes.len);
    } else {
        require(!operations.count && mistakes.len);
    }
    for (size_t i = 0; i < operations.count; i++) {
        judge_tables(&operations.list[i]);
        judge_finding(&operations, &operations.list[i]);
        judge_request(&operations.list[i], request);
    }
    operations_release(&operations);
    buffer_release(&mistakes);
    return 0;
}
