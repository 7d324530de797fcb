# lib/guard/lock_keys.c
# No key has a marker.
s/^    if (request->fenced && request->idempotency_key)/    if (request->fenced \&\& request->idempotency_key \&\& !lock)/
