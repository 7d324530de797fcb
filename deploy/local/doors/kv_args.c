/*
 * The arguments lie behind each other in one buffer, which may move while it
 * grows; kv_args_finish turns their lengths into pointers.
 */
#include "doors/kv_args.h"

#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doors/kv_nul.h"

/* A request has 10 MB at most, and a path beside it. */
#define ARGS_MAX_BYTES (16UL * 1024 * 1024)

/* Digits that name any double exactly. */
#define DOUBLE_DIGITS 17
#define FIRST_DIGITS 15

void kv_args_init(struct kv_args *args)
{
    *args = (struct kv_args){0};
    buffer_init(&args->bytes, ARGS_MAX_BYTES);
}

void kv_args_clear(struct kv_args *args)
{
    buffer_clear(&args->bytes);
    args->argc = 0;
    args->failed = false;
}

void kv_args_release(struct kv_args *args)
{
    buffer_release(&args->bytes);
    free(args->lens);
    free(args->argv);
    kv_args_init(args);
}

static bool grow(struct kv_args *args)
{
    int capacity = args->capacity ? args->capacity * 2 : 16;
    size_t *lens =
        reallocarray(args->lens, (size_t)capacity, sizeof(args->lens[0]));
    const char **argv;

    if (!lens)
        return false;
    args->lens = lens;
    argv = reallocarray(args->argv, (size_t)capacity, sizeof(args->argv[0]));
    if (!argv)
        return false;
    args->argv = argv;
    args->capacity = capacity;
    return true;
}

void kv_args_add(struct kv_args *args, struct slice bytes)
{
    if ((args->argc == args->capacity && !grow(args)) ||
        !buffer_append(&args->bytes, bytes.len ? bytes.at : "", bytes.len)) {
        args->failed = true;
        return;
    }
    args->lens[args->argc++] = bytes.len;
}

void kv_args_add_encoded(struct kv_args *args, struct slice text, bool in_query)
{
    char *encoded = strndup(text.len ? text.at : "", text.len);
    size_t len = 0;
    char *decoded = encoded ? evhttp_uridecode(encoded, in_query, &len) : NULL;

    if (decoded)
        kv_args_add(args, (struct slice){decoded, len});
    else
        args->failed = true;
    free(decoded);
    free(encoded);
}

/* The shortest text that reads back as the same number, as JavaScript has. */
static void add_number(struct kv_args *args, const struct json *value)
{
    double number = json_number(value);
    char text[32];
    int64_t integer;

    if (json_integer(value, &integer)) {
        (void)snprintf(text, sizeof(text), "%lld", (long long)integer);
    } else {
        for (int digits = FIRST_DIGITS; digits <= DOUBLE_DIGITS; digits++) {
            (void)snprintf(text, sizeof(text), "%.*g", digits, number);
            if (strtod(text, NULL) == number)
                break;
        }
    }
    kv_args_add(args, slice_of(text));
}

static void add_string(struct kv_args *args, struct slice string)
{
    char *text = string.len ? malloc(string.len) : NULL;

    if (text)
        kv_args_add(args, (struct slice){text, kv_nul_reveal(string, text)});
    else if (string.len == 0)
        kv_args_add(args, string);
    else
        args->failed = true;
    free(text);
}

static bool add_value(struct kv_args *args, const struct json *value)
{
    switch (json_type(value)) {
    case JSON_STRING:
        add_string(args, json_string(value));
        return true;
    case JSON_NUMBER:
        add_number(args, value);
        return true;
    case JSON_BOOL:
        kv_args_add(args, slice_of(json_is_true(value) ? "true" : "false"));
        return true;
    case JSON_NULL:
        kv_args_add(args, slice_of("null"));
        return true;
    case JSON_NONE:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return false;
}

bool kv_args_add_json(struct kv_args *args, const struct json *command,
                      const char **wrong)
{
    const struct json *value = json_first(command);

    if (json_type(command) != JSON_ARRAY) {
        *wrong = "ERR failed to parse command: an array is expected";
        return false;
    }
    if (!value) {
        *wrong = "ERR empty command";
        return false;
    }
    for (; value; value = json_next(value)) {
        if (!add_value(args, value)) {
            *wrong = "ERR failed to parse command: an argument is neither a "
                     "string nor a number";
            return false;
        }
    }
    return true;
}

struct slice kv_args_at(const struct kv_args *args, int index)
{
    return (struct slice){args->argv[index], args->lens[index]};
}

bool kv_args_finish(struct kv_args *args)
{
    const char *at = args->bytes.data ? args->bytes.data : "";

    if (args->failed)
        return false;
    for (int i = 0; i < args->argc; i++) {
        args->argv[i] = at;
        at += args->lens[i];
    }
    return true;
}
