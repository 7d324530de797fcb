/*
 * blank: remove our secrets from a peer's text before it is logged.
 *
 * A gateway or a store explains in words why it rejects a request, and some
 * repeat the request, credentials included.  Such a text passes through here
 * before it becomes part of an error text.
 */
#ifndef BOUNCER_BLANK_H
#define BOUNCER_BLANK_H

#include <stddef.h>

#include "base/buffer.h"

/* Bytes of a blanked text, its NUL included.  Longer ones are cut. */
#define BLANK_TEXT_MAX 256

/*
 * Copy TEXT to OUT and put *** in place of each of the COUNT SECRETS.  A part
 * of a secret is replaced too if it has 8 bytes or more, since a peer may cut
 * what it repeats.  Empty secrets are skipped.
 */
void blank_secrets(char out[BLANK_TEXT_MAX], struct slice text,
                   const struct slice secrets[], size_t count);

#endif
