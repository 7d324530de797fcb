# lib/wire/database.c
# An error is about both times that a question was sent.
s/if (response->sends <= 1)/if (response->sends <= 2)/
