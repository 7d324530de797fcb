# lib/guard/lock.c
# The lease counts whole, whatever the clocks do.
s/^    return lease_ms - lease_ms \* DRIFT_PERCENT \/ 100 - DRIFT_MS;/    return lease_ms;/
