# lib/guard/upstream.c
# A call that failed is repeated at once.
s/^    result = database_call(options->database, &call, &request->answer, &err);/&\n    if (result != DATABASE_ANSWERED)\n        result = database_call(options->database, \&call, \&request->answer, \&err);/
