/*
 * Raises the soft limit to the hard one and compares it with what the fullest
 * process needs.
 */
#include "cloud/file_limit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "data/options.h"

/*
 * What a process has open beside those connections, with some to spare; a door
 * may have a hundred to its store.
 */
#define PLATFORM_BESIDES 64
#define DOOR_BESIDES 160

/*
 * The share of one of PROCESSES in COUNT connections, and a tenth more: the
 * kernel spreads them by chance.
 */
static int share_of(int count, int processes)
{
    int even = (count + processes - 1) / processes;

    return processes > 1 ? even + even / 10 : even;
}

static bool enough(const struct rlimit *limit, int files, const char *option,
                   struct error *err)
{
    if ((rlim_t)files <= limit->rlim_cur)
        return true;
    error_set(err,
              "one process needs %d open files for its instances and clients "
              "and may open %llu: spread them by %s, or raise the hard limit "
              "(ulimit -H -n)",
              files, (unsigned long long)limit->rlim_cur, option);
    return false;
}

bool file_limit_raise(const struct options *options, struct error *err)
{
    int platforms = options->platform_processes;
    int doors = options->door_processes;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        error_set(err, "getrlimit: %s", strerror(errno));
        return false;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        error_set(err, "setrlimit: %s", strerror(errno));
        return false;
    }
    return enough(&limit,
                  options_share(options, 0) +
                      share_of(options->clients, platforms) + PLATFORM_BESIDES,
                  "--platform-processes", err) &&
           enough(&limit, share_of(options->instances, doors) + DOOR_BESIDES,
                  "--door-processes", err);
}
