/*
 * The doors' counters and faults through the local cloud's control address, and
 * their locks through the REST API, as any client would set them.
 */
#include "doors.h"

#include <stdio.h>

#include "ask.h"
#include "base/buffer.h"
#include "control_client.h"

/* More than any operation has. */
#define PERMITS_MAX 32
#define BODY_MAX_BYTES 4096

bool doors_count(const char *control, struct doors_counts *counts,
                 struct error *err)
{
    static const char *const names[] = {"kv_requests",     "kv_commands",
                                        "kv_connections",  "sql_requests",
                                        "sql_connections", "tls_resumed"};
    long long values[6];

    if (!control_client_counters(control, names, values, 6, err))
        return false;
    *counts = (struct doors_counts){values[0], values[1], values[2],
                                    values[3], values[4], values[5]};
    return true;
}

bool doors_delay(const char *control, int delay_ms, struct error *err)
{
    return control_client_fault(control, "kv", "delay_before_ms", delay_ms,
                                err) &&
           control_client_fault(control, "sql", "delay_before_ms", delay_ms,
                                err);
}

bool doors_hold(const char *kv, const char *token, const char *name,
                struct error *err)
{
    struct buffer body;
    char field[256];
    char answer[1024];
    int status = 0;
    bool written;

    buffer_init(&body, BODY_MAX_BYTES);
    written = buffer_append_format(
        &body, "[\"MSET\",\"lock:%s\",\"somebody-else\"", name);
    for (int i = 1; i < PERMITS_MAX; i++)
        written =
            written && buffer_append_format(
                           &body, ",\"lock:%s#%d\",\"somebody-else\"", name, i);
    (void)snprintf(field, sizeof(field), "Authorization: Bearer %s\r\n", token);
    if (written && buffer_append_text(&body, "]"))
        status = ask(&(struct ask_request){.url = kv,
                                           .fields = field,
                                           .body = body.data},
                     answer, sizeof(answer));
    buffer_release(&body);
    if (status != 200)
        error_set(err, "hold %s: status %d", name, status);
    return status == 200;
}
