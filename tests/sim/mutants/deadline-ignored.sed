# lib/guard/request.c
# The platform's deadline is none.
s/^    return deadline_ms == RUNTIME_NO_DEADLINE ? INT64_MAX/    return deadline_ms != 0 ? INT64_MAX/
