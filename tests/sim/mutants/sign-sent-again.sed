# lib/guard/lock_settle.c
# What is sent again may come after the lease.
s/^            claim.deadline_ms = lock->lease_end_us \/ 1000;/            (void)lock->lease_end_us;/
