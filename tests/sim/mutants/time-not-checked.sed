# lib/guard/upstream.c
# The database is called whether its time fits into the lease or not.
s/^    if (!has_time(request)) {/    if (!has_time(request) \&\& !options) {/
