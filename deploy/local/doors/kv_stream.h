/*
 * kv_stream: /subscribe, /psubscribe and /monitor of Upstash's REST API, as
 * server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * Each listener has a connection to redis of its own, which ends with it.
 * Events read "data: subscribe,chat,1", "data: message,chat,hello",
 * "data: pmessage,ch*,chat,hello"; a line of a monitor stands as it is.
 */
#ifndef BOUNCER_LOCAL_KV_STREAM_H
#define BOUNCER_LOCAL_KV_STREAM_H

#include "doors/exchange.h"
#include "doors/kv_args.h"

/*
 * Answer EXCHANGE by a stream of what the command in ARGS (SUBSCRIBE,
 * PSUBSCRIBE or MONITOR) brings from the redis at SOCKET.
 */
void kv_stream_begin(struct exchange *exchange, struct event_base *base,
                     const char *socket, const struct kv_args *args);

#endif
