/*
 * The ids of an invocation of the local cloud, compared with a pattern, since
 * they are random.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "platform/invocation.h"

/* Whether TEXT is LIKE, where each x stands for a hexadecimal digit. */
static bool is_written(const char *text, const char *like)
{
    size_t i = 0;

    for (; text[i] != '\0' && like[i] != '\0'; i++) {
        if (like[i] == 'x' ? !strchr("0123456789abcdef", text[i])
                           : text[i] != like[i])
            return false;
    }
    return text[i] == like[i];
}

static const struct {
    const char *client; /* NULL: no header */
    const char *trace;
} traces[] = {
    {NULL, "Root=1-xxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx;Parent=xxxxxxxxxxxxxxxx;"
           "Sampled=0"},
    {"Self=1;Root=1-0a1b2c3d-00112233445566778899aabb;Sampled=1",
     "Root=1-0a1b2c3d-00112233445566778899aabb;Parent=xxxxxxxxxxxxxxxx;"
     "Sampled=0"},
};

static const char *const malformed_roots[] = {
    "Root=2-0a1b2c3d-00112233445566778899aabb",
    "Root=1-0a1b2c3--00112233445566778899aabb",
    "Root=1-0A1B2C3D-00112233445566778899aabb",
    "Root=1-0a1b2c3d-00112233445566778899aab",
};

/* What INVOCATION has been given for a client's header. */
static void make(struct invocation *invocation, const char *trace)
{
    *invocation = (struct invocation){.queued_us = 0};
    cr_assert(invocation_init(invocation, 100, trace));
}

Test(local_invocation, a_trace_has_the_clients_root_if_it_is_well_formed)
{
    struct invocation invocation;
    const char *trace = invocation.trace_id;

    for (size_t i = 0; i < COUNT(traces); i++) {
        make(&invocation, traces[i].client);
        cr_expect(is_written(trace, traces[i].trace), "%s", trace);
    }
    for (size_t i = 0; i < COUNT(malformed_roots); i++) {
        make(&invocation, malformed_roots[i]);
        cr_expect(is_written(trace, traces[0].trace), "%s", trace);
        cr_expect(!strstr(trace, "00112233"), "%s", trace);
    }
}

Test(local_invocation, it_has_a_random_uuid)
{
    struct invocation one, two;

    make(&one, NULL);
    make(&two, NULL);
    cr_expect(
        is_written(one.request_id, "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx"),
        "%s", one.request_id);
    cr_expect(strchr("89ab", one.request_id[19]), "%s", one.request_id);
    cr_expect_str_neq(one.request_id, two.request_id);
}
