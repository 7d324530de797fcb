/*
 * url: which URLs are spoken to.
 */
#ifndef BOUNCER_URL_H
#define BOUNCER_URL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * Whether secrets may be sent to URL: it is absolute, begins with https://, or
 * with http:// where the host is a loopback one (localhost and names below it,
 * RFC 6761 section 6.3; 127.0.0.0/8, RFC 1122 section 3.2.1.3; [::1]), names
 * no user or password, and has no query and no fragment, since a path is put
 * behind it.  Otherwise false with the reason in ERR, as the end of a sentence
 * that begins with the setting's name; the URL itself is not repeated there.
 */
__attribute__((warn_unused_result)) bool url_check(const char *url,
                                                   struct error *err);

/*
 * Whether AUTHORITY is a host, or a host and a port: what stands between "://"
 * and the path (RFC 3986 section 3.2), without a user.
 */
bool url_is_authority(struct slice authority);

#endif
