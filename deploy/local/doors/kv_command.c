/*
 * Tables name what may not pass, by command and by subcommand.  A name that is
 * not a plain word does not pass either: hiredis looks at each name to learn
 * whether it is a subscription, takes PMONITOR and "monitor\r\nx" for MONITOR,
 * and then gives all later replies to that caller.  Redis takes POST for HTTP
 * and hangs up.
 */
#include "doors/kv_command.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A script that makes two calls; see struct shared. */
#define SCRIPT_PRICE 3

static const char *const blocked[] = {
    /* They change or end the connection that everybody shares. */
    "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "AUTH", "HELLO", "RESET",
    "QUIT", "SELECT", "CLIENT", "ASKING", "READONLY", "READWRITE", "SUBSCRIBE",
    "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
    "MONITOR", "PMONITOR", "POST", "SYNC", "PSYNC", "REPLCONF",
    /* They wait. */
    "BLPOP", "BRPOP", "BLMOVE", "BLMPOP", "BRPOPLPUSH", "BZPOPMIN", "BZPOPMAX",
    "BZMPOP", "WAIT", "WAITAOF",
    /* They are for the one who runs the server. */
    "SHUTDOWN", "DEBUG", "CONFIG", "SLAVEOF", "REPLICAOF", "FAILOVER", "SAVE",
    "BGSAVE", "BGREWRITEAOF", "MODULE", "CLUSTER", "MIGRATE", "SWAPDB",
    "PFDEBUG", "PFSELFTEST", "RESTORE-ASKING"};

/*
 * Of these, the subcommands that Upstash documents, and those that only read.
 * SCRIPT DEBUG would turn the shared connection into a debugger's.
 */
static const struct {
    const char *name;
    const char *const subcommands[16];
} open_parts[] = {
    {"SCRIPT", {"EXISTS", "FLUSH", "KILL", "LOAD"}},
    {"ACL",
     {"CAT", "DELUSER", "DRYRUN", "GENPASS", "GENTOKEN", "GETUSER", "LIST",
      "LOG", "RESTTOKEN", "SETUSER", "USERS", "WHOAMI"}},
};

static const char *const scripts[] = {
    "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO",
};

static bool is_one_of(struct slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i] && slice_is_ignoring_case(name, names[i]))
            return true;
    }
    return false;
}

/*
 * XREAD and XREADGROUP wait only where they are told to.  A group may have any
 * name, STREAMS too.
 */
static bool is_waiting_read(const struct kv_args *args)
{
    static const char *const reads[] = {"XREAD", "XREADGROUP"};

    if (!is_one_of(kv_args_at(args, 0), reads, COUNT_OF(reads)))
        return false;
    for (int i = 1; i < args->argc; i++) {
        if (slice_is_ignoring_case(kv_args_at(args, i), "STREAMS"))
            return false;
        if (slice_is_ignoring_case(kv_args_at(args, i), "BLOCK"))
            return true;
        if (slice_is_ignoring_case(kv_args_at(args, i), "GROUP"))
            i += 2;
    }
    return false;
}

static bool is_plain_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!isalnum((unsigned char)name.at[i]) && !strchr("._-", name.at[i]))
            return false;
    }
    return name.len > 0;
}

/* Whether ARGS is a subcommand that is not open to clients. */
static bool is_closed_part(const struct kv_args *args)
{
    for (size_t i = 0; i < COUNT_OF(open_parts) && args->argc > 1; i++) {
        if (slice_is_ignoring_case(kv_args_at(args, 0), open_parts[i].name))
            return !is_one_of(kv_args_at(args, 1), open_parts[i].subcommands,
                              COUNT_OF(open_parts[i].subcommands));
    }
    return false;
}

/* The door is redis's default user: what this one may do, all may do. */
static bool changes_default_user(const struct kv_args *args)
{
    return args->argc > 2 &&
           slice_is_ignoring_case(kv_args_at(args, 0), "ACL") &&
           slice_is_ignoring_case(kv_args_at(args, 1), "SETUSER") &&
           slice_is(kv_args_at(args, 2), "default");
}

static void copy_printable(char *to, struct slice from, size_t size)
{
    size_t len = from.len < size - 1 ? from.len : size - 1;

    for (size_t i = 0; i < len; i++)
        to[i] = isprint((unsigned char)from.at[i]) ? from.at[i] : '?';
    to[len] = '\0';
}

static void name_unavailable(const struct kv_args *args, bool with_part,
                             char *text)
{
    char name[32];
    char part[32] = "";

    copy_printable(name, kv_args_at(args, 0), sizeof(name));
    if (with_part)
        copy_printable(part, kv_args_at(args, 1), sizeof(part));
    (void)snprintf(text, KV_REJECTION_MAX,
                   "ERR Command is not available: '%s%s%s'. See "
                   "https://upstash.com/docs/redis/overall/rediscompatibility",
                   name, with_part ? " " : "", part);
}

bool kv_command_is_rejected(const struct kv_args *args, char *text)
{
    struct slice name = kv_args_at(args, 0);

    if (changes_default_user(args)) {
        (void)snprintf(text, KV_REJECTION_MAX,
                       "ERR The 'default' user cannot be modified");
        return true;
    }
    if (is_closed_part(args)) {
        name_unavailable(args, true, text);
        return true;
    }
    if (is_plain_name(name) && !is_one_of(name, blocked, COUNT_OF(blocked)) &&
        !is_waiting_read(args))
        return false;
    name_unavailable(args, false, text);
    return true;
}

int kv_command_price(const struct kv_args *args)
{
    bool is_script = is_one_of(kv_args_at(args, 0), scripts, COUNT_OF(scripts));

    return is_script ? SCRIPT_PRICE : 1;
}
