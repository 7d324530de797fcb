/*
 * stand_in_sql: a PostgreSQL with deploy/database/schema.sql behind Neon's SQL
 * over HTTP, and restock.sql of the end-to-end tests.
 *
 * Each call is one moment.  `make sim-check` holds the functions against the
 * real ones.
 */
#ifndef BOUNCER_SIM_STAND_IN_SQL_H
#define BOUNCER_SIM_STAND_IN_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mutant.h"
#include "served.h"

#define STAND_IN_SQL_PRODUCTS 8
#define STAND_IN_SQL_ORDERS 160
#define STAND_IN_SQL_NAMES 16
#define STAND_IN_SQL_FENCES 40
#define STAND_IN_SQL_TEXT_MAX 136

struct stand_in_sql_product {
    int64_t id, stock, delivered; /* at the start, and later */
};

enum stand_in_sql_state {
    STAND_IN_SQL_NONE = 0,
    STAND_IN_SQL_HELD, /* or lapsed, and not reclaimed yet */
    STAND_IN_SQL_LAPSED,
    STAND_IN_SQL_SOLD,
    STAND_IN_SQL_CANCELLED,
    STAND_IN_SQL_REFUND,
    STAND_IN_SQL_STATES,
};

struct stand_in_sql_order {
    int64_t id, product, quantity;
    char buyer[STAND_IN_SQL_TEXT_MAX];
    char key[STAND_IN_SQL_TEXT_MAX];
    enum stand_in_sql_state state;
    int64_t held_until_us; /* 0: it was sold at once */
    char payment[STAND_IN_SQL_TEXT_MAX];
    /* For the auditor. */
    const void *by;         /* `caller` of that moment, */
    int64_t at_us;          /* ... and `now_us` */
    const void *changed_by; /* likewise: who has confirmed or cancelled it */
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
    int hold_s;         /* how long a hold lasts */
    int closed_s;       /* that a sign is to hang; 0: rows do not say */
    enum mutant mutant; /* the net that is cut */
    /* What the last call came to, */
    char outcome[32];
    int64_t fence;                      /* the fence that it brought, */
    char lock[STAND_IN_SQL_TEXT_MAX];   /* ... of this lock, */
    bool accepted;                      /* ... and whether that was accepted */
    char closed[STAND_IN_SQL_TEXT_MAX]; /* the sign that it asks for */
};

/* Carry out the request with BODY; OUT holds the answer. */
void stand_in_sql_serve(struct stand_in_sql *sql, struct slice body,
                        struct served *out);

/* The product ID, and the order with KEY or ID; NULL if there is none. */
const struct stand_in_sql_product *
stand_in_sql_product(const struct stand_in_sql *sql, int64_t id);
const struct stand_in_sql_order *
stand_in_sql_order(const struct stand_in_sql *sql, const char *key);
const struct stand_in_sql_order *
stand_in_sql_order_of(const struct stand_in_sql *sql, int64_t id);

/*
 * How many tickets of PRODUCT are held, those of lapsed holds included that
 * were not reclaimed; LAPSE_US is when the first of them lapses, INT64_MAX for
 * none.
 */
int64_t stand_in_sql_held(const struct stand_in_sql *sql, int64_t product,
                          int64_t *lapse_us);

/* How many of these are of lapsed holds. */
int64_t stand_in_sql_lapsed(const struct stand_in_sql *sql, int64_t product);

/* The highest fence that was accepted for LOCK; 0: none. */
int64_t stand_in_sql_fence(const struct stand_in_sql *sql, const char *lock);

#endif
