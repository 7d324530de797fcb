/*
 * README.md's table of what happens, held against what the code does.  Each row
 * of it is found by how it begins; what happens is played with a scripted store
 * and database, and the client's status, a Retry-After, whether the database is
 * called and what becomes of the lock must be what the row says.  A row that
 * nothing here plays fails as well, and so does a status that nothing gives.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "guard/bouncer.h"
#include "readme_rows.h"
#include "world.h"

#define SECRET "s3cret-of-the-shop-0123456789abc"
#define PURCHASE                                                               \
    .path = "/api/purchase", .body = "{\"product_id\":1,\"buyer\":\"alice\"}"
#define HOLD                                                                   \
    .path = "/api/hold", .body = "{\"product_id\":1,\"buyer\":\"alice\"}"
#define CONFIRM .path = "/api/confirm", .body = "{\"order_id\":1}"
#define CANCEL                                                                 \
    .path = "/api/cancel", .body = "{\"product_id\":1,\"order_id\":1}"
#define USERNAME                                                               \
    .path = "/api/username", .body = "{\"username\":\"ada\",\"user\":\"u1\"}"
#define BARE_WON "{\"result\":\"OK\"}"
#define REFUSED "[{\"result\":\"OK\"},{\"result\":7},{\"error\":\"NOPERM\"}]"
#define SIGN(word)                                                             \
    "[{\"result\":\"OK\"},{\"result\":8},{\"result\":[\"$TOKEN\",\"" word      \
    "\"]}]"
/* Somebody else has the lock, and an earlier attempt has left its marker. */
#define MARKED(sign)                                                           \
    "[{\"result\":null},{\"result\":8},{\"result\":null},"                     \
    "{\"result\":[\"somebody else\"," sign ",\"an earlier attempt\"]}]"
#define COUNTER_IS_7 "{\"result\":\"7\"}"
#define RAISED "{\"result\":900}"
#define HANGS ""

/* Where the SQL function says WORD, under the lock or without one. */
#define SAYS(word) .call = ROW, .answer = "{\"outcome\":\"" word "\"}"
#define AFTER(begin, op, code, word)                                           \
    {                                                                          \
        .row = (begin), op, .status = (code), .lock = released,                \
        .store = {WORLD_WON, WORLD_RELEASED}, SAYS(word)                       \
    }
#define RESERVED(begin, code, word)                                            \
    {                                                                          \
        .row = (begin), USERNAME, .status = (code), .lock = released,          \
        .store = {BARE_WON, WORLD_RELEASED}, SAYS(word)                        \
    }
#define REPLAYED(code, sign, said)                                             \
    {                                                                          \
        .row = "the same key again", PURCHASE, .status = (code),               \
        .key = "key-of-alice", .lock = theirs,                                 \
        .store = {MARKED(sign), BARE_WON, WORLD_RELEASED}, .call = ROW,        \
        .answer = (said)                                                       \
    }
#define HUNG(op, code, word)                                                   \
    {                                                                          \
        .row = "the sign hangs", op, .status = (code), .lock = deleted,        \
        .store = {                                                             \
            SIGN(word),                                                        \
            WORLD_RELEASED                                                     \
        }                                                                      \
    }
/* Where the winner's CALL goes wrong, and LAST is asked of the store. */
#define CALLED(begin, code, fate, last, ...)                                   \
    {                                                                          \
        .row = (begin), PURCHASE, .status = (code), .lock = (fate),            \
        .store = {WORLD_WON, last}, __VA_ARGS__                                \
    }
#define PAID(code, word)                                                       \
    {                                                                          \
        .row = "paid", CONFIRM, .status = (code), .lock = not_asked,           \
        SAYS(word)                                                             \
    }

/* What becomes of the lock, by the word that a row's last cell has for it. */
static const char theirs[] = "theirs";
static const char released[] = "released";
static const char deleted[] = "deleted";
static const char kept[] = "kept";
static const char raised[] = "counter raised, released";
static const char not_asked[] = "not asked for";

/* What becomes of the call to the database. */
enum call { NO_CALL, ROW, FAILURE, NOT_REACHED, LOST };

static const struct {
    const char *row; /* how it begins in README.md */
    const char *path;
    const char *body;
    int status;
    const char *key; /* the client's; NULL: none */
    const char *lock;
    const char *store[5]; /* its answers; HANGS: none */
    enum call call;
    int failure;        /* the status of a FAILURE */
    const char *answer; /* the row, or the failure's body */
    int64_t limit_ms;   /* the platform's; 0: none */
    bool stranger;      /* does not send the secret */
} promises[] = {
    {.row = "the operation wants the secret",
     CONFIRM,
     .status = 401,
     .lock = not_asked,
     .store = {NULL},
     .stranger = true},
    {.row = "somebody else",
     PURCHASE,
     .status = 409,
     .lock = theirs,
     .store = {WORLD_BUSY}},
    {.row = "somebody else",
     PURCHASE,
     .status = 429,
     .lock = theirs,
     .store = {WORLD_BUSY}},
    HUNG(PURCHASE, 410, "sold_out"),
    HUNG(HOLD, 410, "ended"),
    HUNG(HOLD, 409, "not_open"),
    HUNG(PURCHASE, 409, "held_out"),
    HUNG(PURCHASE, 404, "unknown_product"),
    REPLAYED(200, "null",
             "{\"outcome\":\"replayed\",\"order_id\":1,\"fence\":0}"),
    REPLAYED(409, "null", "{\"outcome\":\"stale\",\"highest_fence\":8}"),
    REPLAYED(410, "\"sold_out\"",
             "{\"outcome\":\"stale\",\"highest_fence\":8}"),
    AFTER("sold, held, reserved", PURCHASE, 201, "sold"),
    AFTER("sold, held, reserved", PURCHASE, 200, "replayed"),
    RESERVED("sold, held, reserved", 201, "reserved"),
    RESERVED("sold, held, reserved", 200, "replayed"),
    AFTER("sold, held, reserved", HOLD, 201, "held"),
    AFTER("sold, held, reserved", CANCEL, 200, "cancelled"),
    PAID(200, "confirmed"),
    PAID(410, "lapsed"),
    PAID(410, "cancelled"),
    PAID(409, "paid_twice"),
    AFTER("fewer left than asked for", HOLD, 410, "ended"),
    AFTER("fewer left than asked for", HOLD, 409, "not_open"),
    AFTER("fewer left than asked for", HOLD, 409, "held_out"),
    AFTER("fewer left than asked for", PURCHASE, 409, "limit_reached"),
    AFTER("fewer left than asked for", PURCHASE, 410, "sold_out"),
    RESERVED("fewer left than asked for", 409, "taken"),
    AFTER("key used", PURCHASE, 422, "key_reused"),
    {.row = "the store gives no answer",
     PURCHASE,
     .status = 503,
     .lock = deleted,
     .store = {HANGS, HANGS, HANGS, WORLD_RELEASED}},
    {.row = "the store gives no answer",
     PURCHASE,
     .status = 503,
     .lock = deleted,
     .store = {REFUSED, WORLD_RELEASED}},
    CALLED("the database was ", 503, released, WORLD_RELEASED,
           .call = NOT_REACHED),
    CALLED("the database was ", 503, released, WORLD_RELEASED, .call = FAILURE,
           .failure = 429, .answer = ""),
    CALLED("the database was ", 503, released, WORLD_RELEASED, .call = FAILURE,
           .failure = 400, .answer = "{\"code\":\"25006\"}"),
    CALLED("it refused and did nothing", 500, released, WORLD_RELEASED,
           .call = FAILURE, .failure = 400, .answer = "{\"code\":\"P0001\"}"),
    CALLED("the database maybe did it", 504, kept, WORLD_MARKED,
           .call = FAILURE, .failure = 503, .answer = "<html>"),
    CALLED("the database maybe did it", 504, kept, WORLD_MARKED, .call = ROW,
           .answer = "{\"outcome\":\"sold\",\"order_id\":1,\"fence\":8}"),
    CALLED("the database maybe did it", 504, kept, WORLD_MARKED, .call = ROW,
           .answer = "{\"outcome\":\"auctioned\",\"fence\":7}"),
    CALLED("the database maybe did it", 504, kept, WORLD_MARKED, .call = LOST),
    {.row = "the store lost its counters",
     PURCHASE,
     .status = 503,
     .lock = raised,
     .store = {WORLD_WON, COUNTER_IS_7, RAISED, WORLD_RELEASED},
     .call = ROW,
     .answer = "{\"outcome\":\"stale\",\"highest_fence\":900}"},
    {.row = "too little time",
     PURCHASE,
     .status = 503,
     .lock = not_asked,
     .store = {NULL},
     .limit_ms = 3000},
    {.row = "too little time",
     PURCHASE,
     .status = 503,
     .lock = released,
     .store = {WORLD_WON, WORLD_RELEASED},
     .limit_ms = 3200},
};

/* Played with real processes by the end-to-end tests. */
static const char crash_row[] = "the holder crashes";

/* ---- what happens ---- */

static void script(size_t i)
{
    for (size_t step = 0; promises[i].store[step]; step++) {
        struct fake_step *next;

        if (strcmp(promises[i].store[step], HANGS) == 0)
            fake_transport_fail(&world.store, TRANSPORT_UNKNOWN);
        else {
            next = world_store(promises[i].store[step]);
            /* A lock that is there only when little time is left. */
            if (promises[i].limit_ms && step == 0)
                next->takes_ms = 150;
        }
    }
    switch (promises[i].call) {
    case ROW:
        world_row(promises[i].answer);
        break;
    case FAILURE:
        fake_transport_answer(&world.database_api, promises[i].failure,
                              promises[i].answer);
        break;
    case NOT_REACHED:
        fake_transport_fail(&world.database_api, TRANSPORT_NOT_SENT);
        break;
    case LOST:
        fake_transport_fail(&world.database_api, TRANSPORT_UNKNOWN);
        break;
    case NO_CALL:
        break;
    }
}

/* What the world shows of the lock: the word for it, as above. */
static const char *fate(void)
{
    if (world.store.request_count == 0)
        return not_asked;
    if (captured_log_has(&world.log, "\"lock\":\"kept\""))
        return kept;
    if (!captured_log_has(&world.log, "\"lock\":\"released\""))
        return theirs;
    if (captured_log_has(&world.log, "\"fence_raised\""))
        return raised;
    return world.guarded.lock.held ? released : deleted;
}

static void check(const struct readme_row *row, size_t i)
{
    char status[8];
    const bool later = message_response_header(&world.res, "retry-after");

    (void)snprintf(status, sizeof(status), "%d", world.res.status);
    cr_expect_eq(world.res.status, promises[i].status, "%zu: %s", i, row->what);
    cr_expect(strstr(row->client, status), "%s: %s", row->what, status);
    cr_expect_eq(fate(), promises[i].lock, "%zu: %s: %s", i, row->what, fate());
    cr_expect(strstr(row->lock, promises[i].lock), "%s: %s", row->what,
              promises[i].lock);
    if (strstr(row->client, "Retry-After"))
        cr_expect(later, "%s", row->what);
    if (strstr(row->client, "no database call"))
        cr_expect_eq(world.database_api.request_count, 0U, "%s", row->what);
    if (strstr(row->client, "same key"))
        cr_expect(world_said("same Idempotency-Key"));
}

Test(promises, the_readmes_table_of_what_happens_is_the_codes)
{
    struct readme_row rows[README_ROWS_MAX];
    const size_t count = readme_rows(rows);

    cr_assert_gt(count, 0U);
    for (size_t i = 0; i < COUNT(promises); i++) {
        struct readme_row *row = readme_find(rows, count, promises[i].row);

        world_open();
        if (promises[i].status == 429)
            world.instance.options.denied_status = 429;
        world.instance.options.secrets[0] = SECRET;
        if (!promises[i].stranger)
            world_header("authorization", "Bearer " SECRET);
        if (promises[i].limit_ms)
            world.invocation.deadline_ms =
                clock_boottime_ms(&world.clock.clock) + promises[i].limit_ms;
        if (promises[i].key)
            world_header("idempotency-key", promises[i].key);
        script(i);
        world_post(promises[i].path, promises[i].body);
        check(row, i);
        row->played = true;
        world_close();
    }
    readme_find(rows, count, crash_row)->played = true;
    for (size_t i = 0; i < count; i++)
        cr_expect(rows[i].played, "nothing plays \"%s\"", rows[i].what);
}

/* Whether a scenario of ROW ends with STATUS. */
static bool is_given(const struct readme_row *row, long status)
{
    for (size_t i = 0; i < COUNT(promises); i++) {
        if (promises[i].status == status &&
            strncmp(row->what, promises[i].row, strlen(promises[i].row)) == 0)
            return true;
    }
    return strncmp(row->what, crash_row, strlen(crash_row)) == 0;
}

Test(promises, the_readme_promises_no_status_that_is_not_given)
{
    struct readme_row rows[README_ROWS_MAX];
    const size_t count = readme_rows(rows);

    for (size_t i = 0; i < count; i++) {
        for (char *at = rows[i].client; *at; at++) {
            char *end = at;
            long status = strtol(at, &end, 10);

            if (end == at)
                continue;
            cr_expect(is_given(&rows[i], status), "%s: %ld", rows[i].what,
                      status);
            at = end - 1;
        }
    }
}
