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

#include "clock.h"
#include "crowd.h"

/* For each process: well below what it may open. */
#define BUYERS_PER_PROCESS 5000
#define PROCESSES_MAX 64

#define STEP_MS 20
#define STEPS_PER_SECOND (1000 / STEP_MS)

struct rush {
    const struct buyers_options *options;
    struct crowd_board *board;
    size_t board_bytes;
    int gate[2]; /* its writing end is closed to release everybody */
    pid_t pids[PROCESSES_MAX];
    int processes;
};

static bool open_board(struct rush *rush, struct error *err)
{
    rush->board_bytes =
        sizeof(*rush->board) +
        (size_t)rush->options->count * sizeof(rush->board->purchases[0]);
    rush->board = mmap(NULL, rush->board_bytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (rush->board != MAP_FAILED && pipe2(rush->gate, O_CLOEXEC) == 0)
        return true;
    error_set(err, "no memory to share: %s", strerror(errno));
    return false;
}

static _Noreturn void run_child(const struct rush *rush, int index)
{
    int count = rush->options->count;
    int first = (int)((long long)count * index / rush->processes);
    int end = (int)((long long)count * (index + 1) / rush->processes);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(rush->gate[1]);
    _exit(crowd_run(rush->options, index, first, end, rush->gate[0],
                    rush->board));
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

/* Wait until COUNTER says that all are there, telling how many are. */
static bool await_all(const struct rush *rush, const char *what,
                      const atomic_int *counter)
{
    int count = rush->options->count;
    int limit = 2 * CROWD_LIMIT_MS / STEP_MS;

    for (int step = 1; atomic_load(counter) < count && step < limit; step++) {
        if (atomic_load(&rush->board->failed) > 0)
            return false;
        clock_sleep_ms(clock_system(), STEP_MS);
        if (step % STEPS_PER_SECOND == 0)
            rush->options->progress(what, atomic_load(counter), count);
    }
    return atomic_load(counter) >= count;
}

static void end_all(struct rush *rush)
{
    close(rush->gate[1]);
    for (int i = 0; i < rush->processes; i++) {
        while (waitpid(rush->pids[i], NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    close(rush->gate[0]);
}

static bool run(struct rush *rush, struct error *err)
{
    bool started = start(rush, err);
    bool connected = false;

    if (started)
        connected =
            await_all(rush, "buyers are connected", &rush->board->connected);
    if (connected) {
        atomic_store(&rush->board->released_us,
                     clock_boottime_us(clock_system()));
        close(rush->gate[1]);
        rush->gate[1] = -1;
        (void)await_all(rush, "buyers have an answer", &rush->board->answered);
    } else if (started) {
        error_set(err, "not all buyers could connect");
    }
    end_all(rush);
    return connected;
}

bool buyers_rush(const struct buyers_options *options,
                 struct purchase purchases[], struct error *err)
{
    struct rush rush = {.options = options};
    bool done = false;

    /* Two at least, for two processors. */
    rush.processes = 2 + options->count / BUYERS_PER_PROCESS;
    if (rush.processes > PROCESSES_MAX) {
        error_set(err, "more buyers than %d",
                  PROCESSES_MAX * BUYERS_PER_PROCESS);
        return false;
    }
    if (open_board(&rush, err))
        done = run(&rush, err);
    if (done)
        memcpy(purchases, rush.board->purchases,
               (size_t)options->count * sizeof(purchases[0]));
    if (rush.board != MAP_FAILED)
        munmap(rush.board, rush.board_bytes);
    return done;
}
