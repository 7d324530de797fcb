# lib/guard/lock.c
# The lease counts from the answer, not from the first question.
s/^    result = claim_marker(attempt, result, err);/&\n    lock->lease_end_us = clock_boottime_us(clock) + lock->lease_ms * 1000;/
