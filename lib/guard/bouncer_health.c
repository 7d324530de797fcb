/* bouncer_health: whether both stores answer, remembered for a second. */
#include "guard/bouncer.h"

#define HEALTH_VALID_MS 1000

static bool ask_kv(const struct bouncer *bouncer)
{
    const struct kv_command ping = KV_COMMAND("PING");
    struct kv_reply reply;
    struct error err = {0};

    if (kv_command(bouncer->options.kv, &ping, bouncer->options.kv_timeout_ms,
                   &reply, &err) == KV_ANSWERED &&
        reply.type == KV_STRING)
        return true;
    log_event(bouncer->options.log, "error", "health_kv", err.text);
    return false;
}

static bool ask_database(const struct bouncer *bouncer)
{
    struct database_call call = {
        .function = "bouncer_health",
        .timeout_ms = bouncer->options.database_timeout_ms,
    };
    struct database_answer answer;
    struct error err = {0};

    if (database_call(bouncer->options.database, &call, &answer, &err) ==
        DATABASE_ANSWERED)
        return true;
    log_event(bouncer->options.log, "error", "health_database", err.text);
    return false;
}

const struct bouncer_health *bouncer_check_health(struct bouncer *bouncer)
{
    struct bouncer_health *health = &bouncer->health;
    const struct clock *clock = bouncer->options.clock;

    if (clock_boottime_ms(clock) < health->valid_until_ms)
        return health;
    health->kv = ask_kv(bouncer);
    health->database = ask_database(bouncer);
    health->valid_until_ms = clock_boottime_ms(clock) + HEALTH_VALID_MS;
    return health;
}
