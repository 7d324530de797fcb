# lib/guard/bouncer.c
# Who is refused calls the database nevertheless.
/^    case LOCK_BUSY:/{n;s/.*/        upstream_call(request);\n&/}
