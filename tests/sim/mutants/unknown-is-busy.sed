# lib/guard/bouncer.c
# A store that does not answer is a lock that is taken.
/^    case LOCK_UNKNOWN:/{n;s/.*/        answer(request, ANSWER_BUSY);/}
