# lib/guard/lock_store_kv_settle.c
# Who does not get the lock takes the marker away, whoever set it.
/"marker",/{n;s/compare_and_delete(.*/KV_COMMAND("DEL", claim->marker_key));/}
