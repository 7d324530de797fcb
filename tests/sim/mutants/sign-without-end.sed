# lib/guard/lock_store_kv_settle.c
# A sign has no time to live.
/settlement->sign, "EX",$/{s/, "EX",$/));/;n;d}
