/* lock_parts: what the files of lock share.  Only for lock*.c. */
#ifndef BOUNCER_LOCK_PARTS_H
#define BOUNCER_LOCK_PARTS_H

#include "guard/lock.h"

/*
 * Write into LOCK the name of the permit that it asks for: the first, or one at
 * random if the name is CROWDED; then its keys in the store.
 */
void lock_name_permit(struct lock *lock, const struct lock_request *request,
                      bool crowded);
void lock_write_keys(struct lock *lock, const struct lock_request *request);

/* Write into LOCK the marker's key, of an idempotency KEY for CALL. */
void lock_write_marker_key(struct lock *lock, const char *call,
                           const char *key);

/* What LOCK asks of the store, with the time limit DEADLINE_MS. */
struct lock_claim lock_claim_of(const struct lock *lock, int64_t deadline_ms);

/* Somebody else has the key, as VIEW shows; check that it is a lock. */
void lock_note_owner(struct lock_client *client, struct lock *lock,
                     const struct lock_view *view);

#endif
