/*
 * cors: lets pages of other origins, which the configuration names, read the
 * answers (Cross-Origin Resource Sharing: the Fetch standard, sections 3.2 and
 * 4.8).
 *
 * Before a browser sends JSON or an Idempotency-Key to another origin, it asks
 * by OPTIONS whether it may (a preflight).  It hides an answer that does not
 * name the page's origin.  CORS stops no client that is not a browser.  No
 * answer allows credentials: the bouncer reads none.
 */
#ifndef BOUNCER_CORS_H
#define BOUNCER_CORS_H

#include <stdbool.h>

#include "base/error.h"
#include "platform/message.h"

/*
 * Whether ORIGINS is "*" (all), or a list of origins separated by commas or
 * blanks: scheme://host or scheme://host:port, as a browser sends them in
 * Origin.  If not, ERR holds the reason, as the end of a sentence that begins
 * with the setting's name.
 */
__attribute__((warn_unused_result)) bool cors_check(const char *origins,
                                                    struct error *err);

/*
 * Add the CORS header fields to RES, which is answered already.  ORIGINS has
 * passed cors_check; NULL: nothing is added.  A preflight from an allowed
 * origin, answered 405 with Allow, becomes a 204 that allows the methods named
 * there; only then is the result true.
 */
bool cors_answer(const char *origins, const struct message_request *request,
                 struct message_response *res);

#endif
