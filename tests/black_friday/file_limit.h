/*
 * file_limit: how many files one process may have open.  Each connection is
 * one, and the limit that counts, the soft one, is mostly 1,024: far less than
 * the hard one, which it may be raised to (getrlimit(2)).
 */
#ifndef BOUNCER_BLACK_FRIDAY_FILE_LIMIT_H
#define BOUNCER_BLACK_FRIDAY_FILE_LIMIT_H

/*
 * Raise the soft limit to the hard one, for this process and those that it
 * will start.  What the system refuses shows in file_limit().
 */
void file_limit_raise(void);

/* The limit of this process now; 0: it cannot be told. */
int file_limit(void);

#endif
