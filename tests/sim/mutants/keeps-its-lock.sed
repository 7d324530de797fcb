# lib/guard/bouncer_finish.c
# A lock is never released.
s/^    if (!request->lock.to_release)/    if (request->lock.to_release || true)/
