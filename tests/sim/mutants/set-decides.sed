# lib/guard/lock_store_kv.c
# SET's reply says who has the lock, not MGET's.
s/^    if (is_broken(&reply\[INCR\])) {/    view->owner = reply[SET].type == KV_STRING ? LOCK_OWNER_TOKEN\
                                             : LOCK_OWNER_OTHER;\
    (void)snprintf(view->token, sizeof(view->token), "%s", claim->token);\
&/
