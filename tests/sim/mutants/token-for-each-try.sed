# lib/guard/lock.c
# A retry has a token of its own.
s/^        result = try_once(attempt, err);/        if (try > 0 \&\& !random_hex(attempt->lock->token,\
                                    LOCK_TOKEN_DIGITS \/ 2))\
            break;\
&/
