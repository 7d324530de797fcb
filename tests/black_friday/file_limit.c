#include "file_limit.h"

#include <limits.h>
#include <sys/resource.h>

void file_limit_raise(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int file_limit(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 0;
    return files.rlim_cur < INT_MAX ? (int)files.rlim_cur : INT_MAX;
}
