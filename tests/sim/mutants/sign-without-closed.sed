# lib/guard/bouncer_finish.c
# A sign is put up whatever the row says.
/^    if (json_type(member) <= JSON_NULL)/{n;s/.*/        return operation_heeds(request->operation, "sold_out") ? "sold_out" : NULL;/}
