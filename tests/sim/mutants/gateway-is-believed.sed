# lib/wire/database.c
# A bare 503 says that nothing was done.
s/^    case 429:/    case 503:\n&/
