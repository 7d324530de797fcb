# lib/guard/lock_settle.c
# The holder tells its news when its lease is over, too.
s/ && lock_left_ms(client, lock) > 0) {/) {/;s/^            claim.deadline_ms = lock->lease_end_us \/ 1000;/            (void)lock->lease_end_us;/
