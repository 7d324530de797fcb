# lib/guard/bouncer_finish.c
# The log line holds the lock's token.
s/^    if (lock_fate)/    json_write_string(\&line, "token", request->lock.token);\n&/
