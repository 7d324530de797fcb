# lib/guard/lock_store_kv_settle.c
# A sign has no time to live.
/KV_COMMAND("SET", claim->sign_key, settlement->sign, "EX",$/{s/ "EX",$//;s/settlement->sign,$/settlement->sign));/;n;d;}
