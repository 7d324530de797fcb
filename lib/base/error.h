/*
 * error: the reason of a failure, in words, in the caller's storage.
 *
 * A function that can fail for more than one reason takes a `struct error *`
 * as its last argument: its result says *that* it failed, the error *why*.
 * The text is one line for a log or a terminal.  It never holds a secret:
 * callers put names of settings, hosts and status codes into it, never tokens,
 * credentials or bodies.
 *
 *     struct error err = {0};
 *
 *     if (!buffer_reserve(...))
 *         log it with err.text;
 */
#ifndef BOUNCER_ERROR_H
#define BOUNCER_ERROR_H

/* Bytes of an error text, its NUL included.  Longer texts are cut. */
#define ERROR_TEXT_MAX 512

struct error {
    char text[ERROR_TEXT_MAX];
};

/*
 * Set the text of ERR from a printf format and replace what it said before.
 * Does nothing where ERR is NULL.  Every byte but printable ASCII becomes '?',
 * so that a hostile peer's words cannot forge a log line or a terminal
 * sequence, and a cut never leaves half a character.
 */
__attribute__((format(printf, 2, 3))) void error_set(struct error *err,
                                                     const char *format, ...);

/*
 * Put a printf-formatted prefix and ": " in front of ERR's text: first the
 * caller's view, then the cause.  Does nothing where ERR is NULL.
 */
__attribute__((format(printf, 2, 3))) void
error_prefix(struct error *err, const char *format, ...);

#endif
