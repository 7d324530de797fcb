/*
 * health: the two routes that are the bouncer's own.
 *
 *   GET /api/health  whether a sale could succeed now, for people and after a
 *                    deployment
 *   GET /api/live    whether the function runs, for monitors and load balancers
 *
 * A sale could succeed if a lock with a name of its own can be taken, with a
 * marker, and settled, with a sign; if the SQL function bouncer_health, which
 * is told the functions that the operations call, returns the outcome "healthy"
 * (otherwise its `reason` is reported); and if the platform's time limit has
 * room for both.
 */
#ifndef BOUNCER_HEALTH_H
#define BOUNCER_HEALTH_H

#include "guard/request.h"

/*
 * The path of the route of ours that serves METHOD (GET or HEAD) at PATH; NULL
 * if there is none.  At a path of ours any other method sets ALLOW, of
 * ALLOW_SIZE bytes, to the methods that it serves.
 */
const char *health_route(struct slice method, struct slice path, char *allow,
                         size_t allow_size);

/*
 * Answer REQUEST, whose route is one of ours.  The stores are asked at most
 * once a second, so that nobody can use this to load them.
 */
void health_answer(struct request *request);

#endif
