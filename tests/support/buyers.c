/*
 * One child process for each few thousand buyers, all forked before anybody
 * connects.  They wait for the end of a pipe, the gate, so that closing it
 * releases all in one moment; they count what they have done in memory that all
 * share, and the parent polls it.
 */
#include "buyers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "crowd.h"

/* Each is an open file of its process. */
#define BUYERS_PER_PROCESS 5000
#define PROCESSES_MAX 64

/* Other open files of a process, with much to spare. */
#define FILES_BESIDES 64

/* We give up so much later than the processes do. */
#define GRACE_MS 5000

#define STEP_MS 20
#define STEPS_PER_WORD (5000 / STEP_MS)

struct rush {
    const struct buyers_options *options;
    struct crowd_board *board; /* shared by its processes */
    size_t board_bytes;
    int gate[2]; /* its writing end is closed to release everybody */
    pid_t pids[PROCESSES_MAX]; /* 0: it has ended */
    int processes;
};

/* Something that takes a while; it is over when DONE is COUNT. */
struct stage {
    const char *what;
    const atomic_int *done;
    int count;
    int64_t limit_ms;
};

/* Two at least, for two processors. */
static int processes_for(int count)
{
    return 2 + count / BUYERS_PER_PROCESS;
}

bool buyers_fit(int count, struct error *err)
{
    int processes = processes_for(count);
    int files = (count + processes - 1) / processes + FILES_BESIDES;
    long limit = sysconf(_SC_OPEN_MAX); /* -1: none */

    if (processes > PROCESSES_MAX)
        error_set(err, "%d buyers are more than %d processes can be", count,
                  PROCESSES_MAX);
    else if (limit >= 0 && files > limit)
        error_set(err,
                  "%d buyers are %d open files in each of %d processes, which "
                  "may open %ld: raise the hard limit (ulimit -H -n) or take "
                  "fewer BUYERS",
                  count, files, processes, limit);
    else
        return true;
    return false;
}

/* ---- its processes ---- */

static bool open_board(struct rush *rush, struct error *err)
{
    rush->board_bytes =
        sizeof(*rush->board) +
        (size_t)rush->options->count * sizeof(rush->board->purchases[0]);
    rush->board = mmap(NULL, rush->board_bytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (rush->board == MAP_FAILED)
        rush->board = NULL;
    if (rush->board != NULL && pipe2(rush->gate, O_CLOEXEC) == 0)
        return true;
    error_set(err, "no memory to share: %s", strerror(errno));
    return false;
}

/* The first of COUNT things that process INDEX has. */
static int first_of(const struct rush *rush, int index, int count)
{
    return (int)((long long)count * index / rush->processes);
}

static int connections_of(const struct buyers_options *options)
{
    return options->connections ? options->connections : options->count;
}

static _Noreturn void run_child(const struct rush *rush, int index)
{
    const int count = rush->options->count;
    const int connections = connections_of(rush->options);
    const struct crowd_part part = {
        .index = index,
        .first = first_of(rush, index, count),
        .count =
            first_of(rush, index + 1, count) - first_of(rush, index, count),
        .connections = first_of(rush, index + 1, connections) -
                       first_of(rush, index, connections),
    };

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(rush->gate[1]);
    _exit(crowd_run(rush->options, &part, rush->gate[0], rush->board));
}

static bool start(struct rush *rush, struct error *err)
{
    (void)fflush(NULL);
    for (int i = 0; i < rush->processes; i++) {
        rush->pids[i] = fork();
        if (rush->pids[i] == 0)
            run_child(rush, i);
        if (rush->pids[i] < 0) {
            error_set(err, "fork: %s", strerror(errno));
            rush->processes = i;
            return false;
        }
    }
    return true;
}

static void explain(int status, struct error *err)
{
    if (WIFSIGNALED(status))
        error_set(err, "a process of buyers was ended by signal %d (%s)",
                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) == CROWD_NOT_CONNECTED)
        error_set(err, "not all connections could be opened");
    else
        error_set(err, "a process of buyers ended with status %d",
                  WEXITSTATUS(status));
}

/*
 * Note which processes have ended; FLAGS 0 waits for them, WNOHANG does not.
 * False with the reason in ERR if one failed.
 */
static bool bury(struct rush *rush, int flags, struct error *err)
{
    bool good = true;

    for (int i = 0; i < rush->processes; i++) {
        int status = 0;
        pid_t pid;

        if (rush->pids[i] == 0)
            continue;
        do
            pid = waitpid(rush->pids[i], &status, flags);
        while (pid < 0 && errno == EINTR);
        if (pid == 0)
            continue;
        rush->pids[i] = 0;
        if (pid < 0)
            error_set(err, "waitpid: %s", strerror(errno));
        else if (status != 0)
            explain(status, err);
        good = good && pid > 0 && status == 0;
    }
    return good;
}

/* Kill the remaining ones if the rush FAILED; wait for all. */
static bool end_all(struct rush *rush, bool failed, struct error *err)
{
    if (rush->gate[1] >= 0)
        close(rush->gate[1]);
    close(rush->gate[0]);
    for (int i = 0; failed && i < rush->processes; i++) {
        if (rush->pids[i] > 0)
            kill(rush->pids[i], SIGKILL);
    }
    return bury(rush, 0, failed ? NULL : err) && !failed;
}

/* ---- the rush ---- */

/* Wait for STAGE, and report how far it is. */
static bool await_all(struct rush *rush, const struct stage *stage,
                      struct error *err)
{
    const int64_t limit_ms = stage->limit_ms + GRACE_MS;
    const int64_t end_ms = clock_boottime_ms(clock_system()) + limit_ms;

    for (int step = 1; bury(rush, WNOHANG, err); step++) {
        const int done = atomic_load(stage->done);

        if (done >= stage->count)
            return true;
        if (clock_boottime_ms(clock_system()) >= end_ms) {
            error_set(err, "after %lld s only %d of %d %s",
                      (long long)limit_ms / 1000, done, stage->count,
                      stage->what);
            return false;
        }
        clock_sleep_ms(clock_system(), STEP_MS);
        if (rush->options->look != NULL)
            rush->options->look(rush->options->state);
        if (rush->options->progress != NULL && step % STEPS_PER_WORD == 0)
            rush->options->progress(stage->what, done, stage->count);
    }
    return false;
}

static bool run(struct rush *rush, struct error *err)
{
    const struct crowd_board *board = rush->board;
    const struct buyers_options *options = rush->options;
    const struct stage connecting = {"connections are open", &board->connected,
                                     connections_of(options), CROWD_CONNECT_MS};
    const struct stage buying = {"buyers know", &board->settled, options->count,
                                 options->patience_ms + CROWD_ANSWER_MS};
    bool good = start(rush, err) && await_all(rush, &connecting, err);

    if (good) {
        atomic_store(&rush->board->released_us,
                     clock_boottime_us(clock_system()));
        close(rush->gate[1]);
        rush->gate[1] = -1;
        good = await_all(rush, &buying, err);
    }
    return end_all(rush, !good, err);
}

bool buyers_rush(const struct buyers_options *options,
                 struct purchase purchases[], struct error *err)
{
    struct rush rush = {
        .options = options,
        .processes = processes_for(options->count),
    };
    bool done = false;

    if (open_board(&rush, err))
        done = run(&rush, err);
    for (int i = 0; done && i < options->count; i++)
        purchases[i] = rush.board->purchases[i];
    if (rush.board != NULL)
        munmap(rush.board, rush.board_bytes);
    return done;
}
