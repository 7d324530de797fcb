# lib/guard/lock.c
# A holder leaves another attempt's marker as it is.
s/^        attempt->marker == LOCK_MARKER_OURS)$/        attempt->marker != LOCK_MARKER_NONE)/
