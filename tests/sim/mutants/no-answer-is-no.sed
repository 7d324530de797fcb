# lib/wire/database_call.c
# A call without an answer was not carried out.
/case TRANSPORT_UNKNOWN:/{n;s/DATABASE_UNKNOWN/DATABASE_UNAVAILABLE/}
