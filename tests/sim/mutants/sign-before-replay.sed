# lib/guard/lock.c
# A sign answers, whatever the marker says.
s/^    if (view->marker == LOCK_MARKER_OTHER)/    if (view->marker == LOCK_MARKER_OTHER \&\& !closed)/
