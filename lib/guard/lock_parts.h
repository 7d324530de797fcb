/* lock_parts: what the files of lock share.  Only for lock*.c. */
#ifndef BOUNCER_LOCK_PARTS_H
#define BOUNCER_LOCK_PARTS_H

#include "guard/lock.h"

/* What LOCK asks of the store, with the time limit DEADLINE_MS. */
struct lock_claim lock_claim_of(const struct lock *lock, int64_t deadline_ms);

/* Somebody else has the key, as VIEW shows; check that it is a lock. */
void lock_note_owner(struct lock_client *client, struct lock *lock,
                     const struct lock_view *view);

#endif
