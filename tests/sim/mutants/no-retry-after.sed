# lib/guard/answer.c
# A client that is to come back is not told when.
s/message_set_header(res, "retry-after"/message_set_header(res, "x-retry-after"/
