# lib/guard/bouncer_finish.c
# Who brings tickets back leaves the sign up.
s/^        \.opened = json_is_true(json_get(row, "opened")),/        .opened = false,/
