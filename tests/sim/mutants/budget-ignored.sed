# lib/guard/bouncer.c
# A lock may take ten times as long as it should.
s/\.budget_ms = lock_budget_ms(request),/.budget_ms = 10 * lock_budget_ms(request),/
