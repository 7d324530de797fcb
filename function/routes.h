/*
 * routes: the table of what this function serves.  A new operation is one row
 * in it, its lines in operations.h, one file like purchase.c and one SQL
 * function in deploy/database/schema.sql.
 */
#ifndef BOUNCER_ROUTES_H
#define BOUNCER_ROUTES_H

#include <stddef.h>

#include "guard/bouncer.h"

extern const struct bouncer_route routes[];
extern const size_t route_count;

#endif
