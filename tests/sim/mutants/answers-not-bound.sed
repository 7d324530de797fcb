# lib/guard/upstream.c
# A row is believed whatever key, fence and input it gives back.
s/^    if (foreign) {/    if (foreign \&\& !row) {/
