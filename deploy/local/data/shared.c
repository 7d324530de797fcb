/*
 * Two tables map the names of counters and faults to their places in the
 * struct.
 */
#include "data/shared.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "base/random.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* HTTP statuses that make sense as a failure of a door. */
#define STATUS_MIN 300
#define STATUS_MAX 599

struct field {
    const char *name;
    size_t offset;
};

#define COUNTER(name)                                                          \
    {                                                                          \
#name, offsetof(struct shared, name)                                   \
    }
#define FAULT(name)                                                            \
    {                                                                          \
#name, offsetof(struct door_faults, name)                              \
    }

static const struct field counters[] = {
    COUNTER(kv_requests),
    COUNTER(kv_commands),
    COUNTER(kv_connections),
    COUNTER(sql_requests),
    COUNTER(sql_calls),
    COUNTER(sql_connections),
    COUNTER(tls_handshakes),
    COUNTER(tls_resumed),
    COUNTER(instances_started),
    COUNTER(instances_starting),
    COUNTER(instances_idle),
    COUNTER(instances_busy),
    COUNTER(instances_ending),
    COUNTER(invocations),
    COUNTER(queued),
    COUNTER(crashes),
    COUNTER(timeouts),
    COUNTER(throttled),
};

static const struct field faults[] = {
    FAULT(delay_before_ms), FAULT(delay_after_ms), FAULT(lose_answers),
    FAULT(fail_status),     FAULT(fail_count),     FAULT(down),
    FAULT(garbage),         FAULT(no_delex),
};

static bool make_ticket_keys(char *keys, struct error *err)
{
    size_t half = SHARED_TICKET_BYTES / 2;

    /* Hex digits serve as key bytes: half their length is entropy enough. */
    if (!random_hex(keys, half / 2) || !random_hex(keys + half, half / 2)) {
        error_set(err, "the kernel gives no random bytes");
        return false;
    }
    return true;
}

static size_t size_for(int instances)
{
    return sizeof(struct shared) +
           (size_t)instances * sizeof(struct shared_instance);
}

struct shared *shared_new(int instances, struct error *err)
{
    struct shared *shared =
        mmap(NULL, size_for(instances), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        error_set(err, "mmap: %s", strerror(errno));
        return NULL;
    }
    shared->instance_count = instances;
    if (!make_ticket_keys(shared->ticket_keys, err)) {
        shared_free(shared);
        return NULL;
    }
    return shared;
}

void shared_free(struct shared *shared)
{
    if (shared)
        munmap(shared, size_for(shared->instance_count));
}

void shared_add_stats(const struct shared *shared, struct json_document *doc,
                      struct json *object)
{
    for (size_t i = 0; i < COUNT_OF(counters); i++) {
        const void *at = (const char *)shared + counters[i].offset;

        json_add_integer(doc, object, counters[i].name,
                         atomic_load((const atomic_llong *)at));
    }
}

static struct door_faults *find_door(struct shared *shared, const char *door)
{
    if (strcmp(door, "kv") == 0)
        return &shared->kv;
    if (strcmp(door, "sql") == 0)
        return &shared->sql;
    return NULL;
}

static atomic_llong *find_fault(struct door_faults *door, const char *fault)
{
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        void *at = (char *)door + faults[i].offset;

        if (strcmp(faults[i].name, fault) == 0)
            return at;
    }
    return NULL;
}

bool shared_set_fault(struct shared *shared, const char *door,
                      const char *fault, long long value, struct error *err)
{
    struct door_faults *owner = find_door(shared, door);
    atomic_llong *field = owner ? find_fault(owner, fault) : NULL;

    if (!owner) {
        error_set(err, "there is no door \"%.32s\", only kv and sql", door);
        return false;
    }
    if (!field) {
        error_set(err, "there is no fault \"%.32s\"", fault);
        return false;
    }
    if (value < 0) {
        error_set(err, "%s: %lld is negative", fault, value);
        return false;
    }
    if (field == &owner->fail_status && value != 0 &&
        (value < STATUS_MIN || value > STATUS_MAX)) {
        error_set(err, "fail_status: %lld is no HTTP failure", value);
        return false;
    }
    atomic_store(field, value);
    return true;
}

static void clear_door(struct door_faults *door)
{
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        void *at = (char *)door + faults[i].offset;

        atomic_store((atomic_llong *)at, 0);
    }
}

void shared_clear_faults(struct shared *shared)
{
    clear_door(&shared->kv);
    clear_door(&shared->sql);
}

bool shared_take(atomic_llong *left)
{
    long long seen = atomic_load(left);

    while (seen > 0) {
        if (atomic_compare_exchange_weak(left, &seen, seen - 1))
            return true;
    }
    return false;
}
