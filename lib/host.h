/*
 * host: whether a host name can only mean this machine.
 */
#ifndef BOUNCER_HOST_H
#define BOUNCER_HOST_H

#include <stdbool.h>

/*
 * Whether HOST, as it stands in a URL (an IPv6 address in brackets), is a
 * loopback one: localhost or a name below it (RFC 6761 section 6.3),
 * 127.0.0.0/8 (RFC 1122 section 3.2.1.3) or [::1].
 */
bool host_is_loopback(const char *host);

#endif
