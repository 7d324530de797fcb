/*
 * url: which URLs are spoken to.
 */
#ifndef BOUNCER_URL_H
#define BOUNCER_URL_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Whether secrets may be sent to URL: it is absolute, begins with https://, or
 * with http:// where the host is a loopback one (localhost and names below it,
 * RFC 6761 section 6.3; 127.0.0.0/8, RFC 1122 section 3.2.1.3; [::1]), and
 * names no user or password.  Otherwise false with the reason in ERR, as the
 * end of a sentence that begins with the setting's name; the URL itself is not
 * repeated there.
 */
__attribute__((warn_unused_result)) bool url_check(const char *url,
                                                   struct error *err);

#endif
