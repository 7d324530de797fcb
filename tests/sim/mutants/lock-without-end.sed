# lib/guard/lock_store_kv.c
# A lock has no time to live.
s/KV_COMMAND("SET", claim->key, claim->token, "NX", "EX", lease_s)/KV_COMMAND("SET", claim->key, claim->token, "NX")/
