# lib/guard/bouncer_finish.c
# A lock is never released.
s/^        request->lock.to_release &&$/        request->lock.to_release \&\& !request \&\&/
