# lib/guard/lock.c
# An unfenced lock that is taken is somebody else's, whatever came before.
s/^        attempt->may_be_ours)$/        !attempt->client)/
