# lib/guard/lock_store_kv_settle.c
# Who does not get the lock takes the marker away, whoever set it.
/^    if (settlement->unmark)/{n;n;s/.*/            KV_COMMAND("DEL", claim->marker_key));/}
