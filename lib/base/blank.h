/*
 * blank: other people's words for a log, without our own secrets in them.
 *
 * A gateway or a store says in words why it refuses, and some repeat the
 * request, credentials included.  Where such words go into an error text they
 * pass through here first.
 */
#ifndef BOUNCER_BLANK_H
#define BOUNCER_BLANK_H

#include <stddef.h>

#include "base/buffer.h"

/* Bytes of a text that was blanked, its end included.  Longer ones are cut. */
#define BLANK_TEXT_MAX 256

/*
 * Copy TEXT to OUT, with *** in place of everything that is one of the COUNT
 * SECRETS or a part of one, of 8 bytes or more: who repeats a request may have
 * cut it.  Empty secrets are skipped.
 */
void blank_secrets(char out[BLANK_TEXT_MAX], struct slice text,
                   const struct slice secrets[], size_t count);

#endif
