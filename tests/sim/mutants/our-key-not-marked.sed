# lib/guard/upstream.c
# A key of ours has no marker when a 504 names it.
s/^    mark_our_key(request);/    (void)mark_our_key;/
