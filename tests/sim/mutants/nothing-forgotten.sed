# lib/guard/lock_settle.c
# An invented name leaves its counter.
s/^        settlement.forget = news->forget;/        settlement.forget = false;/
