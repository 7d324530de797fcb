/*
 * The tables are filled straight from the parsed document, which stays and owns
 * every text.  Each part of an operation is read by a function of its own
 * (operation_*.c); what needs several parts is checked behind them.
 */
#include "guard/operation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard/operation_reader.h"
#include "platform/message.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct json_limits file_limits = {
    .max_bytes = OPERATIONS_MAX_BYTES,
    .max_depth = 16,
    .max_values = 32768,
    .unique_keys = true,
    .by_line = true,
};

static void read_method(struct operation_reader *reader,
                        const struct json *json)
{
    static const struct {
        const char *name;
        bool has_body;
    } methods[] = {{"GET", false},
                   {"POST", true},
                   {"PUT", true},
                   {"PATCH", true},
                   {"DELETE", false}};
    const char *name = operation_required_text(reader, json, "method");

    for (size_t i = 0; name && i < COUNT(methods); i++) {
        if (strcmp(name, methods[i].name) != 0)
            continue;
        reader->operation->method = methods[i].name;
        reader->operation->has_body = methods[i].has_body;
        return;
    }
    if (name)
        operation_mistake(reader, "method",
                          "must be GET, POST, PUT, PATCH or DELETE");
}

static void read_call(struct operation_reader *reader, const struct json *json)
{
    const char *call = operation_required_text(reader, json, "call");

    reader->operation->call = call;
    if (call && !operation_is_name(call))
        operation_mistake(reader, "call",
                          "must be the name of an SQL function: 1 to 63 of "
                          "a-z 0-9 _, not with a digit first");
}

static void read_idempotent(struct operation_reader *reader,
                            const struct json *json)
{
    struct operation *operation = reader->operation;

    operation->idempotent = operation_switch(reader, json, "idempotent");
    if (operation->idempotent && operation->method &&
        strcmp(operation->method, "GET") == 0)
        operation_mistake(reader, "idempotent", "is not for GET");
}

/* ---- outcomes ---- */

static bool is_success(int64_t status)
{
    return status >= 200 && status <= 203;
}

static void read_outcome(struct operation_reader *reader,
                         const struct json *json,
                         struct operation_outcome *outcome)
{
    static const char *const names[] = {"status", "title", "detail"};
    const struct json *members[COUNT(names)];
    int64_t status = 0;

    if (!operation_members(reader, json, names, COUNT(names), members))
        return;
    if (!members[0])
        operation_mistake(reader, "status", "is required");
    else if (!json_integer(members[0], &status) ||
             (!is_success(status) && (status < 400 || status > 599)))
        operation_mistake(reader, "status",
                          "must be 200 to 203, or 400 to 599");
    outcome->status = (int)status;
    outcome->title = operation_text(reader, members[1], names[1]);
    outcome->detail = operation_text(reader, members[2], names[2]);
    if (!outcome->title && !is_success(status))
        outcome->title = message_reason(outcome->status);
    for (size_t i = 1; is_success(status) && i < COUNT(names); i++) {
        if (members[i])
            operation_mistake(reader, names[i],
                              "is for failures: with a success the client gets "
                              "what the SQL function returns");
    }
}

static void check_word(struct operation_reader *reader, const char *word)
{
    if (!operation_is_word(word))
        operation_mistake(reader, "",
                          "an outcome is 1 to 63 of a-z 0-9 _ and begins with "
                          "a letter");
    else if (strcmp(word, "stale") == 0 || strcmp(word, "key_reused") == 0)
        operation_mistake(reader, "",
                          "is answered by the bouncer; leave it out");
}

static void read_outcomes(struct operation_reader *reader,
                          const struct json *outcomes)
{
    struct operation *operation = reader->operation;
    const struct json *one;
    bool success = false;

    if (json_type(outcomes) != JSON_OBJECT ||
        json_count(outcomes) > OPERATION_OUTCOMES_MAX) {
        operation_mistake(
            reader, "outcomes", "%smust be an object with 1 to %d outcomes",
            outcomes ? "" : "is required and ", OPERATION_OUTCOMES_MAX);
        return;
    }
    operation->outcomes =
        operation_table(reader, outcomes, sizeof(*operation->outcomes));
    if (!operation->outcomes)
        return;
    for (one = json_first(outcomes); one; one = json_next(one)) {
        struct operation_outcome *outcome =
            &operation->outcomes[operation->outcome_count++];
        const size_t place =
            operation_enter(reader, ".outcomes.", json_key(one));

        outcome->word = json_key(one);
        check_word(reader, outcome->word);
        read_outcome(reader, one, outcome);
        success = success || is_success(outcome->status);
        operation_leave(reader, place);
    }
    if (!success)
        operation_mistake(reader, "outcomes",
                          "needs a success: one with a status of 200 to 203");
    if (operation->idempotent &&
        !operation_outcome(operation, slice_of("replayed")))
        operation_mistake(reader, "outcomes",
                          "needs replayed, since the operation is idempotent");
}

/* ---- callers, caches and the log ---- */

/* Whether JSON, the member callers, asks for the secret; FALLBACK: no JSON. */
static bool read_callers(struct operation_reader *reader,
                         const struct json *json, bool fallback)
{
    const char *callers = operation_text(reader, json, "callers");

    if (!callers)
        return fallback;
    if (strcmp(callers, "secret") == 0)
        return true;
    if (strcmp(callers, "anyone") != 0)
        operation_mistake(reader, "callers", "must be secret or anyone");
    return false;
}

static void read_cache_control(struct operation_reader *reader,
                               const struct json *json)
{
    struct operation *operation = reader->operation;
    const char *text = operation_text(reader, json, "cache_control");
    size_t len = 0;

    while (text && text[len] >= ' ' && text[len] <= '~')
        len++;
    if (text && (text[len] || len > OPERATION_CACHE_CONTROL_MAX))
        operation_mistake(reader, "cache_control",
                          "must be at most %d characters of ASCII",
                          OPERATION_CACHE_CONTROL_MAX);
    if (text && operation->method && strcmp(operation->method, "GET") != 0)
        operation_mistake(reader, "cache_control", "is for GET");
    if (!operation->wants_secret)
        operation->cache_control = text;
}

static bool is_before(const struct json *one, const struct json *list)
{
    const struct json *other = json_first(list);

    while (other != one && !slice_equal(json_string(other), json_string(one)))
        other = json_next(other);
    return other != one;
}

static void read_log(struct operation_reader *reader, const struct json *list)
{
    const struct json *one;

    reader->operation->logged = list;
    if (list && (json_type(list) != JSON_ARRAY ||
                 json_count(list) > OPERATION_LOG_MAX)) {
        operation_mistake(reader, "log", "must be an array of at most %d names",
                          OPERATION_LOG_MAX);
        return;
    }
    for (one = json_first(list); one; one = json_next(one)) {
        const char *name = json_string(one).at;

        if (!name || !operation_is_name(name))
            operation_mistake(reader, "log",
                              "must hold names of 1 to 63 of a-z 0-9 _ only");
        else if (operation_is_reserved(name))
            operation_mistake(reader, "log",
                              OPERATION_TEXT " is the bouncer's own", name);
        else if (is_before(one, list))
            operation_mistake(reader, "log", OPERATION_TEXT " is there twice",
                              name);
    }
}

/* ---- the whole file ---- */

static void read_operation(struct operation_reader *reader,
                           const struct json *json)
{
    enum {
        METHOD,
        PATH,
        INPUT,
        LOCK,
        IDEMPOTENT,
        LOG,
        CALL,
        OUTCOMES,
        CALLERS,
        CACHE_CONTROL,
        DESCRIPTION,
        MEMBERS
    };
    static const char *const names[MEMBERS] = {
        "method", "path",     "input",   "lock",          "idempotent",  "log",
        "call",   "outcomes", "callers", "cache_control", "description",
    };
    const struct json *members[MEMBERS];

    if (!operation_members(reader, json, names, MEMBERS, members))
        return;
    (void)operation_text(reader, members[DESCRIPTION], names[DESCRIPTION]);
    read_method(reader, members[METHOD]);
    reader->operation->path =
        operation_required_text(reader, members[PATH], names[PATH]);
    if (members[INPUT])
        operation_read_input(reader, members[INPUT]);
    operation_read_path(reader);
    if (members[LOCK])
        operation_read_lock(reader, members[LOCK]);
    operation_read_values(reader, members[INPUT]);
    operation_check_lock(reader);
    read_idempotent(reader, members[IDEMPOTENT]);
    read_call(reader, members[CALL]);
    read_outcomes(reader, members[OUTCOMES]);
    reader->operation->wants_secret =
        read_callers(reader, members[CALLERS], reader->wants_secret);
    read_cache_control(reader, members[CACHE_CONTROL]);
    read_log(reader, members[LOG]);
}

/* An earlier operation must not be asked for as this one is. */
static void check_unique(struct operation_reader *reader,
                         const struct operation *list)
{
    const struct operation *own = reader->operation;

    for (const struct operation *other = list; other < own; other++) {
        if (own->method && own->path && other->path &&
            own->method == other->method &&
            operation_same_path(own->path, other->path))
            operation_mistake(reader, "path",
                              "is served by operations[%td] already",
                              other - list);
    }
}

static void read_all(struct operation_reader *reader,
                     struct operations *operations)
{
    static const char *const names[] = {"operations", "callers"};
    const struct json *members[COUNT(names)];
    const struct json *list;
    const struct json *one;

    if (!operation_members(reader, operations->document.root, names,
                           COUNT(names), members))
        return;
    list = members[0];
    reader->wants_secret = read_callers(reader, members[1], false);
    if (json_type(list) != JSON_ARRAY || !json_first(list) ||
        json_count(list) > OPERATIONS_MAX) {
        operation_mistake(reader, names[0],
                          "must be an array of 1 to %d operations",
                          OPERATIONS_MAX);
        return;
    }
    operations->list = operation_table(reader, list, sizeof(*operations->list));
    if (!operations->list)
        return;
    for (one = json_first(list); one; one = json_next(one)) {
        reader->index = operations->count++;
        reader->operation = &operations->list[reader->index];
        read_operation(reader, one);
        check_unique(reader, operations->list);
    }
}

bool operations_read(struct operations *operations, struct slice text,
                     const struct operation_limits *limits,
                     struct buffer *mistakes)
{
    struct operation_reader reader = {.limits = limits, .mistakes = mistakes};
    struct error err;

    *operations = (struct operations){0};
    if (json_parse(&operations->document, text, &file_limits, &err))
        read_all(&reader, operations);
    else
        operation_mistake(&reader, "", "%s", err.text);
    if (reader.mistake_count == 0)
        return true;
    operations_release(operations);
    return false;
}

void operations_release(struct operations *operations)
{
    for (size_t i = 0; i < operations->count; i++) {
        struct operation *one = &operations->list[i];

        for (size_t j = 0; j < one->field_count; j++)
            pattern_release(&one->fields[j].pattern);
        free(one->fields);
        free(one->outcomes);
    }
    free(operations->list);
    json_release(&operations->document);
    *operations = (struct operations){0};
}

const struct operation_outcome *
operation_outcome(const struct operation *operation, struct slice word)
{
    for (size_t i = 0; i < operation->outcome_count; i++) {
        if (slice_is(word, operation->outcomes[i].word))
            return &operation->outcomes[i];
    }
    return NULL;
}

bool operation_heeds(const struct operation *operation, const char *word)
{
    const struct operation_outcome *outcome =
        operation_outcome(operation, slice_of(word));

    return outcome && outcome->status >= 400;
}
