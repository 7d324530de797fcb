# lib/guard/admit.c
# The client's key is replaced by one of ours.
s/^    if (!key.at && random_hex/    if (random_hex/
