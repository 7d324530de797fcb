/*
 * A Lua script compares and writes in one step, alone and inside MULTI.  Its
 * arguments are the condition, the value to compare with, and, for a SET, "GET"
 * or nothing, the value and the options that redis knows.
 */
#include "doors/kv_emulate.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define COMPARE                                                                \
    "local held = redis.pcall('GET', KEYS[1])\n"                               \
    "if type(held) == 'table' then return held end\n"                          \
    "local holds = (held == ARGV[2]) == (ARGV[1] == 'IFEQ')\n"

static const char delex_script[] =
    COMPARE "if not held or not holds then return 0 end\n"
            "return redis.call('DEL', KEYS[1])";

static const char set_script[] =
    COMPARE "if not holds then return false end\n"
            "local done = redis.pcall('SET', KEYS[1], unpack(ARGV, 4))\n"
            "if done.err or ARGV[3] ~= 'GET' then return done end\n"
            "return held";

static const char mistake_script[] = "return redis.error_reply(ARGV[1])";

static bool is(const struct kv_args *args, int index, const char *word)
{
    return index < args->argc &&
           slice_is_ignoring_case(kv_args_at(args, index), word);
}

static bool is_any(const struct kv_args *args, int index,
                   const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is(args, index, words[i]))
            return true;
    }
    return false;
}

static bool is_condition(const struct kv_args *args, int index)
{
    return is(args, index, "IFEQ") || is(args, index, "IFNE");
}

static bool is_digest_condition(const struct kv_args *args, int index)
{
    return is(args, index, "IFDEQ") || is(args, index, "IFDNE");
}

static void begin_script(struct kv_args *script, const char *text,
                         const char *keys)
{
    kv_args_init(script);
    kv_args_add(script, slice_of("EVAL"));
    kv_args_add(script, slice_of(text));
    kv_args_add(script, slice_of(keys));
}

/* Put SCRIPT in the place of ARGS; what does not fit leaves ARGS alone. */
static void replace(struct kv_args *args, struct kv_args *script)
{
    if (!kv_args_finish(script)) {
        kv_args_release(script);
        return;
    }
    kv_args_release(args);
    *args = *script;
}

static void become_mistake(struct kv_args *args, const char *text)
{
    struct kv_args script;

    begin_script(&script, mistake_script, "0");
    kv_args_add(&script, slice_of(text));
    replace(args, &script);
}

/* The key, the condition and what to compare with. */
static void add_comparison(struct kv_args *script, const struct kv_args *args,
                           int condition)
{
    kv_args_add(script, kv_args_at(args, 1));
    kv_args_add(script,
                slice_of(is(args, condition, "IFEQ") ? "IFEQ" : "IFNE"));
    kv_args_add(script, kv_args_at(args, condition + 1));
}

static const char no_digests[] =
    "ERR IFDEQ and IFDNE are not available in the local cloud";

static void emulate_delex(struct kv_args *args)
{
    struct kv_args script;

    if (args->argc == 2) {
        args->argv[0] = "DEL";
        args->lens[0] = strlen("DEL");
    } else if (args->argc == 1) {
        become_mistake(args,
                       "ERR wrong number of arguments for 'delex' command");
    } else if (is_digest_condition(args, 2)) {
        become_mistake(args, no_digests);
    } else if (args->argc != 4 || !is_condition(args, 2)) {
        become_mistake(args, "ERR syntax error");
    } else {
        begin_script(&script, delex_script, "1");
        add_comparison(&script, args, 2);
        replace(args, &script);
    }
}

/* What a SET says behind its value. */
struct set_options {
    int condition; /* where its condition is, 0: it has none */
    bool digest;
    bool get;
    bool mistaken; /* redis is to say so */
};

static struct set_options read_set_options(const struct kv_args *args)
{
    static const char *const times[] = {"EX", "PX", "EXAT", "PXAT"};
    struct set_options options = {0};

    for (int i = 3; i < args->argc; i++) {
        if (is_digest_condition(args, i)) {
            options.digest = true;
            i++;
        } else if (is_condition(args, i)) {
            options.mistaken |= options.condition > 0 || i + 1 == args->argc;
            options.condition = i++;
        } else if (is_any(args, i, times, COUNT_OF(times))) {
            i++;
        } else if (is(args, i, "GET")) {
            options.get = true;
        } else if (!is(args, i, "KEEPTTL")) {
            options.mistaken = true;
        }
    }
    return options;
}

static void emulate_set(struct kv_args *args)
{
    struct set_options options = read_set_options(args);
    struct kv_args script;

    if (options.digest)
        become_mistake(args, no_digests);
    if (options.digest || options.mistaken || options.condition == 0)
        return;
    begin_script(&script, set_script, "1");
    add_comparison(&script, args, options.condition);
    kv_args_add(&script, slice_of(options.get ? "GET" : ""));
    kv_args_add(&script, kv_args_at(args, 2));
    for (int i = 3; i < args->argc; i++) {
        if (i == options.condition)
            i++;
        else if (!is(args, i, "GET"))
            kv_args_add(&script, kv_args_at(args, i));
    }
    replace(args, &script);
}

void kv_emulate(struct kv_args *args)
{
    if (is(args, 0, "DELEX"))
        emulate_delex(args);
    else if (is(args, 0, "SET"))
        emulate_set(args);
}
