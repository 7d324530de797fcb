/*
 * cors: lets pages of other origins read the answers, where the configuration
 * names these origins (Cross-Origin Resource Sharing: the Fetch standard,
 * sections 3.2 and 4.8).
 *
 * A browser that is to send JSON or an Idempotency-Key to another origin asks
 * first, by OPTIONS, whether it may (a preflight), and hides an answer that
 * does not name the page's origin.  Who is not a browser is not kept out by
 * this.  No answer allows credentials: the bouncer reads none.
 */
#ifndef BOUNCER_CORS_H
#define BOUNCER_CORS_H

#include <stdbool.h>

#include "base/error.h"
#include "platform/message.h"

/*
 * Whether ORIGINS is "*" (all), or a list of origins with commas or blanks
 * between them: scheme://host or scheme://host:port, as a browser sends them in
 * Origin.  Otherwise false with the reason in ERR, as the end of a sentence
 * that begins with the setting's name.
 */
__attribute__((warn_unused_result)) bool cors_check(const char *origins,
                                                    struct error *err);

/*
 * Add to RES, which is answered, what the page that REQUEST comes from needs.
 * ORIGINS passed cors_check; NULL: nothing is added.  A preflight that was
 * answered 405 with Allow becomes a 204 that allows the methods named there;
 * true then.
 */
bool cors_answer(const char *origins, const struct message_request *request,
                 struct message_response *res);

#endif
