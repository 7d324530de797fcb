/*
 * A batch is asked event by event.  What the function tells of itself comes
 * from its log, which is a pipe that is read after each answer; processor time
 * comes from the kernel, the rest from the difference of the doors' counters.
 */
#include "subject.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "doors.h"
#include "environment.h"
#include "processor.h"
#include "settings.h"

#define STOP_TRIES 1000
#define STOP_WAIT_MS 10

/* ---- running ---- */

static bool open_log(struct subject *subject, struct error *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        error_set(err, "no pipe");
        return false;
    }
    subject->log = ends[0];
    subject->launcher.log = ends[1];
    return true;
}

bool subject_start(struct subject *subject, char *const argv[],
                   struct error *err)
{
    struct environment env;
    char api[32];

    if (!launcher_open(&subject->launcher, err) || !open_log(subject, err))
        return false;
    (void)snprintf(api, sizeof(api), "127.0.0.1:%d", subject->launcher.port);
    environment_fill(&env, api, setting("BENCH_KV_URL"),
                     setting("BENCH_SQL_URL"));
    return launch(&subject->launcher, argv, env.list, &subject->launched, err);
}

void subject_stop(struct subject *subject)
{
    const struct timespec pause = {.tv_nsec = STOP_WAIT_MS * 1000000L};
    bool ended = false;
    ssize_t len;

    launcher_close(&subject->launcher);
    (void)close(subject->launcher.log);
    (void)close(subject->launched.connection);
    subject->launched.connection = -1;
    for (int i = 0; i < STOP_TRIES && !ended; i++) {
        siginfo_t end = {0};

        ended = waitid(P_PID, (id_t)subject->launched.pid, &end,
                       WEXITED | WNOHANG | WNOWAIT) == 0 &&
                end.si_pid == subject->launched.pid;
        if (!ended)
            (void)nanosleep(&pause, NULL);
    }
    launch_end(&subject->launched);
    len = read(subject->log, subject->last_words, SUBJECT_LOG_MAX - 1);
    subject->last_words[len > 0 ? len : 0] = '\0';
    (void)close(subject->log);
}

long subject_number(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* ---- a batch ---- */

/* Read its new lines; the duration in them in nanoseconds, 0: there is none. */
static int64_t read_log(const struct subject *subject)
{
    char text[SUBJECT_LOG_MAX];
    ssize_t len = read(subject->log, text, sizeof(text) - 1);
    long us;

    if (len <= 0)
        return 0;
    text[len] = '\0';
    us = subject_number(text, "\"duration_us\":");
    return us > 0 ? us * 1000 : 0;
}

static bool one(struct subject *subject, const struct batch_plan *plan, int i,
                struct invoked *invoked, struct error *err)
{
    struct event_text event;
    bool done;

    if (!event_make(&event, plan->wish,
                    plan->number + (plan->each_its_own ? i : 0),
                    plan->body_bytes)) {
        error_set(err, "out of memory");
        return false;
    }
    done = invoke(&subject->launched, &event, invoked, err);
    event_free(&event);
    if (done && plan->status && invoked->status != plan->status) {
        error_set(err, "answered with %d, not %d", invoked->status,
                  plan->status);
        return false;
    }
    return done;
}

static void divide(struct batch *batch, const struct doors_counts *before,
                   const struct doors_counts *after, int count)
{
    batch->kv_requests =
        (double)(after->kv_requests - before->kv_requests) / count;
    batch->kv_commands =
        (double)(after->kv_commands - before->kv_commands) / count;
    batch->sql_requests =
        (double)(after->sql_requests - before->sql_requests) / count;
    batch->connections =
        (long)(after->kv_connections - before->kv_connections +
               after->sql_connections - before->sql_connections);
}

bool subject_batch(struct subject *subject, const char *control,
                   const struct batch_plan *plan, struct batch *batch,
                   struct error *err)
{
    static struct series answers;
    static struct series insides;
    struct doors_counts before;
    struct doors_counts after;
    struct invoked first;
    int64_t cpu_ns;

    answers.count = 0;
    insides.count = 0;
    *batch = (struct batch){0};
    if (!doors_count(control, &before, err) ||
        !one(subject, plan, plan->count, &first, err))
        return false;
    (void)read_log(subject);
    cpu_ns = processor_ns(subject->launched.pid);
    for (int i = 0; i < plan->count; i++) {
        struct invoked invoked;

        if (!one(subject, plan, i, &invoked, err))
            return false;
        batch->next_ns += invoked.next_ns / plan->count;
        series_add(&answers, invoked.answer_ns);
        series_add(&insides, read_log(subject));
    }
    batch->cpu_ns =
        (processor_ns(subject->launched.pid) - cpu_ns) / plan->count;
    batch->answer_ns = series_summary(&answers).median;
    batch->inside_ns = series_summary(&insides).median;
    if (!batch->inside_ns) {
        error_set(err, "its log does not say how long it took");
        return false;
    }
    if (!doors_count(control, &after, err))
        return false;
    divide(batch, &before, &after, plan->count + 1);
    return true;
}
