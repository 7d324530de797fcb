/*
 * printer: the process that shows a person the log of the local cloud while
 * others write it (digest.h says what of it).
 */
#ifndef BOUNCER_LOCAL_PRINTER_H
#define BOUNCER_LOCAL_PRINTER_H

/*
 * Follow the log whose path is STATE, a file that is there, until SIGTERM; then
 * show what is in it by then.  Returns 0; 1, with a line on standard error,
 * where the file cannot be read.
 */
int printer_run(const void *state);

#endif
