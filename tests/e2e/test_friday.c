/*
 * A whole Friday: many buyers, few tickets, short holds, and all that people do
 * with them (tests/support/errand.h).  While it goes on the database is asked
 * again and again whether each ticket is in one place.  Afterwards what each
 * buyer and the shop heard is put into a table beside the orders.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buyers.h"
#include "cloud.h"
#include "database.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define PRODUCT 2
#define TICKETS 200
#define BUYERS 1000
#define PATIENCE_MS 60000
#define DATABASE_MS 5 /* how far away it is */

#define OPEN                                                                   \
    "UPDATE products SET stock = 200, hold_s = 3, per_buyer = 1 WHERE id = 2"

/* A hold that has lapsed is out of stock until somebody puts it back. */
#define STANDING                                                               \
    "SELECT stock, "                                                           \
    "coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0), "               \
    "coalesce(sum(quantity) FILTER (WHERE state = 'sold'), 0) "                \
    "FROM products LEFT JOIN orders ON product_id = products.id "              \
    "WHERE products.id = 2 GROUP BY products.id"

/* Whoever reads how the sale stands, and what was seen. */
struct reader {
    PGconn *db;
    long most_held;
    bool all_sold;
    bool reopened; /* one was cancelled when all were sold */
    int wrong;
    char first_wrong[128];
};

static long column(const PGresult *result, int number)
{
    return strtol(PQgetvalue(result, 0, number), NULL, 10);
}

static void look(void *state)
{
    struct reader *reader = state;
    PGresult *result = PQexec(reader->db, STANDING);
    long left, held, sold;

    cr_assert_eq(PQntuples(result), 1, "%s", PQerrorMessage(reader->db));
    left = column(result, 0);
    held = column(result, 1);
    sold = column(result, 2);
    PQclear(result);
    reader->most_held = held > reader->most_held ? held : reader->most_held;
    reader->all_sold = reader->all_sold || sold == TICKETS;
    reader->reopened = reader->reopened || (reader->all_sold && sold < TICKETS);
    if (left >= 0 && held + sold <= TICKETS && left + held + sold == TICKETS)
        return;
    if (reader->wrong++ == 0)
        (void)snprintf(reader->first_wrong, sizeof(reader->first_wrong),
                       "%ld left, %ld held, %ld sold", left, held, sold);
}

/* ---- afterwards ---- */

/* What those who got a hold heard, in SQL: a row for each answer. */
static void tell(PGconn *db, const struct purchase purchases[])
{
    char *sql = NULL;
    size_t len = 0;
    FILE *text = open_memstream(&sql, &len);

    cr_assert(text);
    (void)fputs("CREATE TEMP TABLE heard (order_id bigint, buyer text, "
                "act text, payment text, status int);"
                "INSERT INTO heard VALUES (0, '', '', '', 0)",
                text);
    for (int i = 0; i < BUYERS; i++) {
        const struct errand *errand = &purchases[i].errand;
        const char *habit = errand_habit(i);

        for (int step = 0; errand->order > 0 && step <= errand->step; step++) {
            const char act = habit[step] == 'l' ? 'p' : habit[step];

            if (!isupper((unsigned char)act))
                (void)fprintf(text, ",(%ld,'buyer-%d','%c','%c-%ld',%d)",
                              errand->order, i, act, act, errand->order,
                              errand->heard[step]);
        }
    }
    (void)fputs("; DELETE FROM heard WHERE order_id = 0", text);
    cr_assert_eq(fclose(text), 0);
    database_run(db, sql, NULL);
    free(sql);
}

/* Each selects how many there are of what must not be. */
static const struct {
    const char *what;
    const char *sql;
} never[] = {
    {"another answer than the guide names",
     "SELECT count(*) FROM heard WHERE (act, status) NOT IN (('h', 200), "
     "('h', 201), ('p', 200), ('p', 410), ('q', 409), ('q', 410), "
     "('c', 200))"},
    {"nobody who paid in vain, paid twice or cancelled",
     "SELECT 3 - count(DISTINCT (act, status)) FROM heard WHERE (act, status) "
     "IN (('p', 410), ('q', 409), ('c', 200))"},
    {"a buyer with two orders",
     "SELECT count(*) - count(DISTINCT buyer) FROM orders"},
    {"an order that its buyer has not heard of",
     "SELECT count(*) FROM orders WHERE NOT EXISTS (SELECT FROM heard "
     "WHERE order_id = id AND heard.buyer = orders.buyer)"},
    {"a payment that was taken and is not its buyer's ticket, nor cancelled",
     "SELECT count(*) FROM heard WHERE act IN ('p', 'q') AND status = 200 "
     "AND NOT EXISTS (SELECT FROM orders WHERE id = order_id "
     "AND orders.buyer = heard.buyer AND orders.payment = heard.payment "
     "AND (state = 'sold' OR (state = 'cancelled' AND order_id IN "
     "(SELECT order_id FROM heard WHERE act = 'c'))))"},
    {"a payment that was taken, and is to be paid back without a cancelling",
     "SELECT count(*) FROM heard AS x JOIN heard AS y USING (payment) "
     "JOIN orders ON id = x.order_id "
     "WHERE x.status = 200 AND y.status IN (409, 410) "
     "AND state <> 'cancelled'"},
    {"a payment that is to be paid back and has a ticket",
     "SELECT count(*) FROM heard JOIN orders USING (payment) "
     "WHERE status IN (409, 410) AND state = 'sold'"},
    {"a payment that came in vain and whose order does not say so",
     "SELECT count(*) FROM heard JOIN orders ON id = order_id "
     "WHERE status = 410 AND (orders.payment IS NULL "
     "OR state NOT IN ('refund', 'cancelled'))"},
    {"more or less to pay back in the view than was heard",
     "SELECT refunds_due - (SELECT count(DISTINCT order_id) FROM heard "
     "WHERE status = 410) FROM sales WHERE product_id = 2"},
    {"a ticket that nobody has paid for",
     "SELECT count(*) FROM orders WHERE state = 'sold' AND NOT EXISTS "
     "(SELECT FROM heard WHERE order_id = id AND act = 'p' "
     "AND status = 200)"},
    {"a ticket held by somebody",
     "SELECT held FROM sales WHERE product_id = 2"},
};

/* When the first buyer was told that all are sold, and went home. */
static int64_t first_sent_home_us(const struct purchase purchases[])
{
    int64_t first_us = INT64_MAX;

    for (int i = 0; i < BUYERS; i++)
        if (purchases[i].errand.order < 0 && purchases[i].latency_us < first_us)
            first_us = purchases[i].latency_us;
    return first_us;
}

/* Buyers whose last word was a hold, which they got after AFTER_US. */
static int holds_after(const struct purchase purchases[], int64_t after_us)
{
    int count = 0;

    for (int i = 0; i < BUYERS; i++)
        count += purchases[i].errand.order > 0 &&
                 purchases[i].latency_us > after_us &&
                 strcmp(errand_habit(i), "h") == 0;
    return count;
}

/* All are sold, and nobody was told so before. */
static void expect_all_sold(const struct purchase purchases[])
{
    cr_expect_eq(cloud_sql("SELECT sold FROM sales WHERE product_id = 2"),
                 TICKETS);
    cr_expect_eq(holds_after(purchases, first_sent_home_us(purchases)), 0,
                 "some got a hold after others were told that all are sold");
}

Test(friday, every_payment_is_a_ticket_or_paid_back_and_all_tickets_are_sold)
{
    static struct purchase purchases[BUYERS];
    struct reader reader = {.db = database_open()};
    const struct buyers_options options = {
        .wish = {.url = cloud_setting("FUNCTION_URL"),
                 .product = PRODUCT,
                 .secret = cloud_setting("BOUNCER_SECRET")},
        .count = BUYERS,
        .patience_ms = PATIENCE_MS,
        .look = look,
        .state = &reader,
    };
    struct error err = {0};
    int gone = 0;

    cloud_reset();
    database_run(reader.db, OPEN, NULL);
    cloud_warm();
    cloud_fault("sql", "delay_before_ms", DATABASE_MS);
    cr_assert(buyers_rush(&options, purchases, &err), "%s", err.text);
    CLOUD_WAIT_FOR_REST();
    look(&reader);
    cr_expect_eq(reader.wrong, 0, "%d times, first %s", reader.wrong,
                 reader.first_wrong);
    cr_expect_gt(reader.most_held, 0);

    for (int i = 0; i < BUYERS; i++)
        gone += purchases[i].gave_up;
    cr_expect_eq(gone, 0, "%d lost their patience", gone);
    tell(reader.db, purchases);
    for (size_t i = 0; i < COUNT(never); i++) {
        char text[DATABASE_TEXT_MAX];

        database_run(reader.db, never[i].sql, text);
        cr_expect_str_eq(text, "0", "%s: %s", never[i].what, text);
    }
    /* Else who was told so has gone, and one may be left. */
    if (!reader.reopened)
        expect_all_sold(purchases);
    PQfinish(reader.db);
}
