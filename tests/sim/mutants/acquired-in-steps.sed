# lib/guard/lock_store_kv.c
# A fence is counted before the lock is taken, in a pipeline that others may
# come between.
/^    commands\[count++\] = \*set;/d
s/^    commands\[count++\] = KV_COMMAND("INCR", claim->fence_key);/&\
    commands[count++] = *set;/
s/^    enum { SET, INCR, MARK };/    enum { INCR, SET, MARK };/
s/^        lock_kv_ask(redis, claim, commands, count, &replies, err);/        lock_kv_judge_replies(lock_kv_send(redis, claim, kv_pipeline, commands,\
                                           count, \&replies, err),\
                              count, \&replies, err);/
