# lib/guard/bouncer_finish.c
# A lock is never released.
s/^                          !kept, &news,/                          kept \&\& !kept, \&news,/
