# lib/guard/lock.c
# A sign does not keep anybody from the database.
s/^    if (ours && !closed)$/    if (ours)/
