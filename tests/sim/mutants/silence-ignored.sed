# lib/guard/lock.c
# A silent store is asked on.
s/^    if (client->silences < SILENCES_MAX || now_ms/    if (client->silences < 100 * SILENCES_MAX || now_ms/
