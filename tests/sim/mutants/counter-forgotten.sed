# lib/guard/lock_settle.c
# Every holder takes the counter away, not only an invented name's.
s/^        settlement.forget = news->forget;/        settlement.forget = true;/
