/*
 * stand_in_sql: a PostgreSQL with deploy/database/schema.sql behind Neon's SQL
 * over HTTP and restock.sql of the
 * end-to-end tests.
 *
 * Each call is one moment.  `make sim-check` holds the functions against the
 * real ones.
 */
#ifndef BOUNCER_SIM_STAND_IN_SQL_H
#define BOUNCER_SIM_STAND_IN_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "served.h"

#define STAND_IN_SQL_PRODUCTS 8
#define STAND_IN_SQL_ORDERS 128
#define STAND_IN_SQL_NAMES 16
#define STAND_IN_SQL_FENCES 40
#define STAND_IN_SQL_TEXT_MAX 136

struct stand_in_sql_product {
    int64_t id, stock, delivered; /* at the start, and later */
};

struct stand_in_sql_order {
    int64_t id, product, quantity;
    char buyer[STAND_IN_SQL_TEXT_MAX];
    char key[STAND_IN_SQL_TEXT_MAX];
    const void *by; /* for the auditor: `caller` of that moment */
    int64_t at_us;  /* likewise, `now_us` */
};

struct stand_in_sql_name {
    char name[STAND_IN_SQL_TEXT_MAX];
    char user[STAND_IN_SQL_TEXT_MAX];
};

struct stand_in_sql_fence {
    char lock[STAND_IN_SQL_TEXT_MAX];
    int64_t last;
};

struct stand_in_sql {
    size_t product_count, order_count, name_count, fence_count;
    struct stand_in_sql_product products[STAND_IN_SQL_PRODUCTS];
    struct stand_in_sql_order orders[STAND_IN_SQL_ORDERS];
    struct stand_in_sql_name names[STAND_IN_SQL_NAMES];
    struct stand_in_sql_fence fences[STAND_IN_SQL_FENCES];
    const void *caller; /* whose call is carried out */
    int64_t now_us;     /* and when */
    int closed_s;       /* that a sign is to hang; 0: rows do not say */
    char outcome[32];   /* what the last call came to */
    int64_t fence;      /* that it brought, */
    char lock[STAND_IN_SQL_TEXT_MAX];   /* ... and its lock */
    char closed[STAND_IN_SQL_TEXT_MAX]; /* the sign that it asks for */
    /* The nets that a mutant cuts. */
    bool takes_any_fence;
    bool fence_before_replay;
    bool replays_nothing;
    bool gives_names_away;
    bool sells_on;      /* when nothing is left */
    bool sells_replays; /* takes fence 0 */
    bool shares_fences; /* all permits of a name have one fence */
};

/* Carry out the request with BODY; OUT holds the answer. */
void stand_in_sql_serve(struct stand_in_sql *sql, struct slice body,
                        struct served *out);

/* The product ID, and the order with KEY; NULL if there is none. */
const struct stand_in_sql_product *
stand_in_sql_product(const struct stand_in_sql *sql, int64_t id);
const struct stand_in_sql_order *
stand_in_sql_order(const struct stand_in_sql *sql, const char *key);

/* The highest fence that was accepted for LOCK; 0: none. */
int64_t stand_in_sql_fence(const struct stand_in_sql *sql, const char *lock);

#endif
