/*
 * Random digits from the kernel, in the forms that AWS gives its ids.
 */
#include "platform/invocation.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"

/* "Root=1-" and 8 digits of time, "-", 24 random digits. */
#define ROOT_LEN 40

static bool make_id(char id[static INVOCATION_ID_MAX])
{
    static const char variants[] = "89ab";
    char hex[33];

    if (!random_hex(hex, 16))
        return false;
    (void)snprintf(id, INVOCATION_ID_MAX, "%.8s-%.4s-4%.3s-%c%.3s-%.12s", hex,
                   hex + 8, hex + 13, variants[hex[16] & 3], hex + 17,
                   hex + 20);
    return true;
}

static bool is_root(const char *text)
{
    return strncmp(text, "Root=1-", 7) == 0 &&
           strspn(text + 7, "0123456789abcdef") == 8 && text[15] == '-' &&
           strspn(text + 16, "0123456789abcdef") == 24;
}

static bool make_trace_id(char trace[static INVOCATION_TRACE_MAX],
                          const char *client)
{
    const char *given = client != NULL ? strstr(client, "Root=") : NULL;
    char root[ROOT_LEN + 1];
    char random[25];
    char parent[17];

    if (!random_hex(random, 12) || !random_hex(parent, 8))
        return false;
    (void)snprintf(root, sizeof(root), "Root=1-%08llx-%s",
                   (unsigned long long)clock_epoch_ms(clock_system()) / 1000 &
                       0xffffffff,
                   random);
    if (given != NULL && is_root(given))
        memcpy(root, given, ROOT_LEN);
    (void)snprintf(trace, INVOCATION_TRACE_MAX, "%s;Parent=%s;Sampled=0", root,
                   parent);
    return true;
}

bool invocation_init(struct invocation *invocation, size_t max_event_bytes,
                     const char *trace)
{
    buffer_init(&invocation->event, max_event_bytes);
    return make_id(invocation->request_id) &&
           make_trace_id(invocation->trace_id, trace);
}
