#include "routes.h"

#include "operations.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const struct bouncer_route routes[] = {
    {
        .method = "POST",
        .path = "/api/purchase",
        .handle = purchase,
        .fields = purchase_fields,
        .field_count = COUNT(purchase_fields),
        .lock_name = "product:{product_id}",
        .fenced = true,
        .keyed = true,
    },
    {
        .method = "POST",
        .path = "/api/username",
        .handle = username,
        .fields = username_fields,
        .field_count = COUNT(username_fields),
        /*
         * Unfenced: the primary key admits one row in any case, and a fence
         * would leave a counter behind for every name ever asked for.
         */
        .lock_name = "username:{username}",
    },
    {
        .method = "GET",
        .path = "/api/health",
        .handle = health,
    },
    {
        .method = "GET",
        .path = "/api/live",
        .handle = live,
    },
};

const size_t route_count = COUNT(routes);
