/*
 * Properties of many draws, each with so little chance of failing that it never
 * does; at the end the kernel's source is taken away by a seccomp filter.
 */
#include "base/random.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "count.h"

static const char digits[] = "0123456789abcdef";

Test(random, hex_digits_come_two_a_byte_and_end_with_a_nul)
{
    char hex[2 * RANDOM_BYTES_MAX + 2];

    for (size_t bytes = 0; bytes <= RANDOM_BYTES_MAX; bytes++) {
        memset(hex, '#', sizeof(hex));
        cr_assert(random_hex(hex, bytes));
        cr_expect_eq(strlen(hex), 2 * bytes);
        cr_expect_eq(strspn(hex, digits), 2 * bytes);
        cr_expect_eq(hex[2 * bytes + 1], '#');
    }
}

Test(random, no_two_are_the_same)
{
    char seen[100][33];

    for (size_t i = 0; i < 100; i++) {
        cr_assert(random_hex(seen[i], 16));
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(seen[i], seen[j]);
    }
}

/* 16,384 bytes: that one of the 256 is missing happens once in 10^25 times. */
Test(random, every_byte_occurs)
{
    bool seen[16][16] = {{false}};
    size_t count = 0;

    for (int i = 0; i < 512; i++) {
        char hex[2 * RANDOM_BYTES_MAX + 1];

        cr_assert(random_hex(hex, RANDOM_BYTES_MAX));
        for (const char *at = hex; *at; at += 2) {
            size_t high = strchr(digits, at[0]) - digits;
            size_t low = strchr(digits, at[1]) - digits;

            count += !seen[high][low];
            seen[high][low] = true;
        }
    }
    cr_expect_eq(count, 256U);
}

Test(random, more_than_the_most_is_refused)
{
    char hex[2 * RANDOM_BYTES_MAX + 3] = "#";

    cr_expect(!random_hex(hex, RANDOM_BYTES_MAX + 1));
    cr_expect_str_eq(hex, "");
}

/* 1,000 draws: that one of three is missing happens once in 10^175 times. */
Test(random, numbers_keep_to_their_range_and_each_occurs)
{
    bool seen[3] = {false};

    for (int i = 0; i < 1000; i++) {
        int number = random_between(1, 3);

        cr_assert(number >= 1 && number <= 3);
        seen[number - 1] = true;
    }
    cr_expect(seen[0] && seen[1] && seen[2]);
    cr_expect_eq(random_between(7, 7), 7);
}

/* Forbid getrandom(2) for the rest of this process: a test has one its own. */
static bool forbid_getrandom(void)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {.len = COUNT(program), .filter = program};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

Test(random, a_kernel_that_gives_none_is_a_failure_and_no_predictable_token)
{
    char hex[33] = "#";

    if (!forbid_getrandom())
        cr_skip("the kernel takes no filters for system calls");
    cr_expect(!random_hex(hex, 16));
    cr_expect_str_eq(hex, "");
    cr_expect_eq(random_between(200, 1200), 700);
}
