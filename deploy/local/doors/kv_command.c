#include "kv_command.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A script that makes two calls; see struct shared. */
#define SCRIPT_PRICE 3

static const char *const blocked[] = {
    /* They change or end the connection that everybody shares. */
    "MULTI",
    "EXEC",
    "DISCARD",
    "WATCH",
    "UNWATCH",
    "AUTH",
    "HELLO",
    "RESET",
    "QUIT",
    "SELECT",
    "CLIENT",
    "ASKING",
    "READONLY",
    "READWRITE",
    "SUBSCRIBE",
    "PSUBSCRIBE",
    "SSUBSCRIBE",
    "UNSUBSCRIBE",
    "PUNSUBSCRIBE",
    "SUNSUBSCRIBE",
    "MONITOR",
    "SYNC",
    "PSYNC",
    "REPLCONF",
    /* They wait. */
    "BLPOP",
    "BRPOP",
    "BLMOVE",
    "BLMPOP",
    "BRPOPLPUSH",
    "BZPOPMIN",
    "BZPOPMAX",
    "BZMPOP",
    "WAIT",
    "WAITAOF",
    /* They are for the one who runs the server. */
    "SHUTDOWN",
    "DEBUG",
    "CONFIG",
    "SLAVEOF",
    "REPLICAOF",
    "FAILOVER",
    "SAVE",
    "BGSAVE",
    "BGREWRITEAOF",
    "MODULE",
    "CLUSTER",
    "MIGRATE",
    "SWAPDB",
};

static const char *const scripts[] = {
    "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO",
};

static const char delex_script[] =
    "local held = redis.pcall('GET', KEYS[1])\n"
    "if type(held) == 'table' then return held end\n"
    "if not held then return 0 end\n"
    "if (held == ARGV[2]) ~= (ARGV[1] == 'IFEQ') then return 0 end\n"
    "return redis.call('DEL', KEYS[1])";

static struct slice argument(const struct kv_args *args, int index)
{
    return (struct slice){args->argv[index], args->lens[index]};
}

static bool is_one_of(struct slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is_ignoring_case(name, names[i]))
            return true;
    }
    return false;
}

/* XREAD and XREADGROUP wait only where they are told to. */
static bool is_waiting_read(const struct kv_args *args)
{
    static const char *const reads[] = {"XREAD", "XREADGROUP"};

    if (!is_one_of(argument(args, 0), reads, COUNT_OF(reads)))
        return false;
    for (int i = 1; i < args->argc; i++) {
        if (slice_is_ignoring_case(argument(args, i), "STREAMS"))
            return false;
        if (slice_is_ignoring_case(argument(args, i), "BLOCK"))
            return true;
    }
    return false;
}

bool kv_command_is_blocked(const struct kv_args *args)
{
    return is_one_of(argument(args, 0), blocked, COUNT_OF(blocked)) ||
           is_waiting_read(args);
}

int kv_command_price(const struct kv_args *args)
{
    bool is_script = is_one_of(argument(args, 0), scripts, COUNT_OF(scripts));

    return is_script ? SCRIPT_PRICE : 1;
}

void kv_command_emulate_delex(struct kv_args *args)
{
    struct slice parts[3];
    struct kv_args script;
    bool is_unequal;

    if (!slice_is_ignoring_case(argument(args, 0), "DELEX"))
        return;
    if (args->argc == 2) {
        args->argv[0] = "DEL";
        args->lens[0] = strlen("DEL");
    }
    if (args->argc != 4)
        return;
    for (int i = 0; i < 3; i++)
        parts[i] = argument(args, i + 1);
    is_unequal = slice_is_ignoring_case(parts[1], "IFNE");
    if (!is_unequal && !slice_is_ignoring_case(parts[1], "IFEQ"))
        return;
    kv_args_init(&script);
    kv_args_add(&script, slice_of("EVAL"));
    kv_args_add(&script, slice_of(delex_script));
    kv_args_add(&script, slice_of("1"));
    kv_args_add(&script, parts[0]);
    kv_args_add(&script, slice_of(is_unequal ? "IFNE" : "IFEQ"));
    kv_args_add(&script, parts[2]);
    if (!kv_args_finish(&script)) {
        kv_args_release(&script);
        return;
    }
    kv_args_release(args);
    *args = script;
}
