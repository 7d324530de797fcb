/*
 * random: unguessable hex strings from the kernel, for lock tokens and ids, and
 * numbers, for waits.
 *
 * The bytes come from getrandom(2) without flags: it waits until the kernel's
 * pool is initialised and never hands out predictable bytes after that.
 */
#ifndef BOUNCER_RANDOM_H
#define BOUNCER_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

/* The most random bytes that one call yields. */
#define RANDOM_BYTES_MAX 32

/*
 * Write 2 * BYTES lower-case hex digits and a terminating NUL to HEX, which
 * has room for that.  BYTES is at most RANDOM_BYTES_MAX.  False where the
 * kernel gave none (a sandbox that forbids the call); HEX is then "".
 */
__attribute__((warn_unused_result)) bool random_hex(char *hex, size_t bytes);

/*
 * A number from LEAST to MOST (0 <= LEAST <= MOST), each as likely; the middle
 * one where the kernel gives no random bytes.
 */
int random_between(int least, int most);

#endif
