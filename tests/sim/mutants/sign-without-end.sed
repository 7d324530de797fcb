# lib/guard/lock_store_kv_settle.c
# A sign has no time to live.
s/KV_COMMAND("SET", claim->sign_key, settlement->sign, "EX", sign_s)/KV_COMMAND("SET", claim->sign_key, settlement->sign)/
