/*
 * stand_in_sql_call: what the files of stand_in_sql share.  Only for
 * stand_in_sql*.c.
 */
#ifndef BOUNCER_SIM_STAND_IN_SQL_CALL_H
#define BOUNCER_SIM_STAND_IN_SQL_CALL_H

#include "base/json.h"
#include "stand_in_sql.h"

#define STAND_IN_SQL_ARGUMENTS 8

/* A call of a function, and its row. */
struct stand_in_sql_call {
    struct stand_in_sql *sql;
    size_t count;
    char names[STAND_IN_SQL_ARGUMENTS][STAND_IN_SQL_TEXT_MAX];
    const struct json *values[STAND_IN_SQL_ARGUMENTS];
    struct json_document *doc;
    struct json *row;
    bool to_hold;         /* it asks for a hold */
    const char *sqlstate; /* it failed, and nothing was done */
};

/* The argument NAME; NULL or 0 where there is none. */
const char *stand_in_sql_text(const struct stand_in_sql_call *call,
                              const char *name);
long long stand_in_sql_number(const struct stand_in_sql_call *call,
                              const char *name);

/* Put NAME with TEXT or NUMBER into the row. */
void stand_in_sql_say(struct stand_in_sql_call *call, const char *name,
                      const char *text);
void stand_in_sql_count(struct stand_in_sql_call *call, const char *name,
                        int64_t number);

/* The row's outcome. */
void stand_in_sql_come_to(struct stand_in_sql_call *call, const char *outcome);

/* TO holds FROM, "" for NULL. */
void stand_in_sql_copy(char to[STAND_IN_SQL_TEXT_MAX], const char *from);

/* Whether the net that MUTANT names is cut. */
bool stand_in_sql_is_cut(const struct stand_in_sql_call *call,
                         enum mutant mutant);

/* The product ID, and the order that the call names; NULL: there is none. */
struct stand_in_sql_product *
stand_in_sql_find_product(struct stand_in_sql_call *call, int64_t id);
struct stand_in_sql_order *
stand_in_sql_find_order(struct stand_in_sql_call *call);

/* Whether ORDER is held and its time is over. */
bool stand_in_sql_has_lapsed(const struct stand_in_sql *sql,
                             const struct stand_in_sql_order *order);

/* reclaim_lapsed: PRODUCT has the tickets of lapsed holds again. */
void stand_in_sql_reclaim(struct stand_in_sql_call *call,
                          struct stand_in_sql_product *product);

/* order_told: ORDER in the row. */
void stand_in_sql_add_order(struct stand_in_sql_call *call,
                            const struct stand_in_sql_order *order);

/* accept_fence: whether the call may go on. */
bool stand_in_sql_accept_fence(struct stand_in_sql_call *call);

/* The functions that make and change orders. */
void stand_in_sql_purchase(struct stand_in_sql_call *call);
void stand_in_sql_hold(struct stand_in_sql_call *call);
void stand_in_sql_confirm(struct stand_in_sql_call *call);
void stand_in_sql_cancel(struct stand_in_sql_call *call);

#endif
