/*
 * Socket pairs stand for connections: the test is the server that writes or
 * hangs up, and looks whether our end was ended.
 */
#include "wire/kept.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

struct pair {
    int ours, theirs;
};

static struct pair connected_pair(void)
{
    int fds[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    return (struct pair){fds[0], fds[1]};
}

/* Whether the next read from FD finds its end, and no byte before it. */
static bool at_its_end(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

Test(kept, only_a_connection_with_something_to_read_is_ended)
{
    struct pair quiet = connected_pair();
    struct pair spoken = connected_pair();
    struct pair left = connected_pair();
    struct kept kept = {0};

    kept_add(&kept, quiet.ours);
    kept_add(&kept, spoken.ours);
    kept_add(&kept, left.ours);
    kept_check(&kept);
    cr_expect(!at_its_end(spoken.ours));
    cr_assert_eq(write(spoken.theirs, "HTTP/1.1 200 OK", 15), 15);
    cr_assert_eq(close(left.theirs), 0);
    kept_check(&kept);
    cr_expect(!at_its_end(quiet.ours));
    cr_expect(at_its_end(spoken.ours));
    cr_expect(at_its_end(left.ours));
    /* Libcurl may look again before it closes them. */
    kept_check(&kept);
    cr_expect(at_its_end(spoken.ours));
}

Test(kept, what_comes_after_the_end_is_not_read_either)
{
    struct pair pair = connected_pair();

    kept_hang_up(pair.ours);
    cr_expect_lt(send(pair.theirs, "late", 4, MSG_NOSIGNAL), 0);
    cr_expect(at_its_end(pair.ours));
}

Test(kept, a_forgotten_socket_is_left_alone)
{
    struct pair pair = connected_pair();
    struct pair other = connected_pair();
    struct kept kept = {0};

    kept_add(&kept, pair.ours);
    kept_add(&kept, pair.ours);
    kept_add(&kept, other.ours);
    kept_remove(&kept, pair.ours);
    kept_remove(&kept, pair.ours);
    cr_expect_eq(kept.count, 1U);
    cr_assert_eq(write(pair.theirs, "x", 1), 1);
    cr_assert_eq(write(other.theirs, "x", 1), 1);
    kept_check(&kept);
    cr_expect(!at_its_end(pair.ours));
    cr_expect(at_its_end(other.ours));
}

Test(kept, a_connection_that_cannot_be_watched_is_not_kept)
{
    struct kept kept = {.count = KEPT_MAX};
    struct pair pair = connected_pair();

    for (int i = 0; i < KEPT_MAX; i++)
        kept.fds[i] = -1;
    kept_add(&kept, pair.ours);
    cr_expect_eq(kept.count, (size_t)KEPT_MAX);
    cr_expect(at_its_end(pair.ours));
}
