# lib/guard/bouncer_finish.c
# The log line holds the lock's token.
s/^    if (lock_fate)/    json_add_string(\&line, line.root, "token", request->lock.token);\n&/
