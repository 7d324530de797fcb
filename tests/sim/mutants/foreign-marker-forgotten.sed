# lib/guard/lock_settle.c
# A holder forgets the marker that it has overwritten.
s/ && !lock->overwrote;/;/
