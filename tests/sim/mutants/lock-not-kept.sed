# lib/guard/upstream.c
# The lock is released although the call may be running.
s/request->lock_kept = why;/(void)why;/
