# lib/guard/lock_keys.c
# There is one permit more.
s/random_between(0, request->permits - 1)/random_between(0, request->permits)/
