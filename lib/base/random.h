/*
 * random: unguessable hex strings for lock tokens and ids, and random numbers
 * for waits.
 *
 * The bytes come from getrandom(2) without flags, which waits until the
 * kernel's pool is initialised and never returns predictable bytes.
 */
#ifndef BOUNCER_RANDOM_H
#define BOUNCER_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

/* The most random bytes that one call yields. */
#define RANDOM_BYTES_MAX 32

/*
 * Write 2 * BYTES lower-case hex digits and a terminating NUL to HEX, which
 * has room for that.  BYTES is at most RANDOM_BYTES_MAX.  False, and HEX is "",
 * where the kernel gave none (a sandbox that forbids the call).
 */
__attribute__((warn_unused_result)) bool random_hex(char *hex, size_t bytes);

/*
 * A random number from LEAST to MOST (0 <= LEAST <= MOST), for all practical
 * ranges equally likely; the middle one where the kernel gives no random bytes.
 */
int random_between(int least, int most);

#endif
