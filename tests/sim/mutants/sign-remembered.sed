# lib/guard/lock_memory.c
# A sign that was seen is remembered for a minute.
s/one->sign_ms < LOCK_MEMORY_SIGN_MS/one->sign_ms < 60 * LOCK_MEMORY_SIGN_MS/
