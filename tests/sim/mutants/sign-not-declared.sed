# lib/guard/operation.c
# A sign counts if its word is an outcome, a success too.
s/^    return outcome && outcome->status >= 400;/    return outcome;/
