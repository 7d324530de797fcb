# lib/guard/lock_settle.c
# Who holds the lock takes its marker away afterwards.
s/^            news->refused && lock->marker_key\[0\] && !lock->overwrote;/            lock->marker_key[0];/
