# lib/guard/bouncer_finish.c
# The counter of a store that lost it stays low.
s/^    if (request->raise_fence_to)/    if (request->raise_fence_to \&\& !request->instance)/
