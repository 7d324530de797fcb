# lib/guard/bouncer_finish.c
# A lock is never released.
s/^                          releases, &news,/                          false, \&news,/
