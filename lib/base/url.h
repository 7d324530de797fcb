/*
 * url: looks at the URLs of the configuration, and decodes parts of a
 * request's.
 */
#ifndef BOUNCER_URL_H
#define BOUNCER_URL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * Whether secrets may be sent to URL.  It must begin with https://, or with
 * http:// if its host is a loopback one (localhost and names below it, RFC 6761
 * section 6.3; 127.0.0.0/8, RFC 1122 section 3.2.1.3; [::1]).  It must have no
 * user or password, no blank or control character, and no query or fragment,
 * since callers append a path.  Otherwise false with the reason in ERR, as the
 * end of a sentence that begins with the setting's name; ERR never repeats the
 * URL.
 */
__attribute__((warn_unused_result)) bool url_check(const char *url,
                                                   struct error *err);

/*
 * Whether AUTHORITY, the part between "://" and the path (RFC 3986 section
 * 3.2), is a host or a host and a port, without a user.
 */
bool url_is_authority(struct slice authority);

/*
 * How many bytes of URL stand before its path, if that is the end of URL and
 * consists of letters, digits, '/', '-' and '_', so that nobody can read it as
 * anything else; otherwise 0.
 */
size_t url_plain_path(const char *url);

/*
 * Append TEXT to OUT, each %XX decoded (RFC 3986 section 2.1), and each '+' as
 * a space if PLUS_IS_SPACE, as forms write a query.  False if a '%' lacks its
 * two hexadecimal digits or OUT is full; a part of TEXT may be in OUT then.
 */
__attribute__((warn_unused_result)) bool
url_decode(struct slice text, bool plus_is_space, struct buffer *out);

/* RFC 3986 section 2.3: whether C needs no encoding anywhere in a URL. */
bool url_is_unreserved(char c);

/*
 * Move *LEFT, the rest of a path, past its next segment (RFC 3986 section 3.3):
 * "/api/seat" has the segments "api" and "seat", "/" has an empty one.  False
 * if LEFT does not begin with a slash, as at the end of a path.
 */
__attribute__((warn_unused_result)) bool
url_next_segment(struct slice *left, struct slice *segment);

#endif
