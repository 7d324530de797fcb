/* What became of a call of the database that did not succeed. */
#include "wire/database.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "fake_clock.h"
#include "fake_transport.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define SECRET "db-s3cret"

static const enum database_api apis[] = {DATABASE_NEON, DATABASE_POSTGREST};

struct world {
    struct fake_clock clock;
    struct fake_transport peer;
    struct error err;
};

static void open_world(struct world *w)
{
    memset(w, 0, sizeof(*w));
    fake_clock_init(&w->clock);
    fake_transport_init(&w->peer, &w->clock);
}

/* Call once by API what the world's script answers; the world ends. */
static enum database_result call(struct world *w, enum database_api api)
{
    const struct database_options options = {.api = api,
                                             .transport = &w->peer.transport,
                                             .url = "https://db.example",
                                             .secret = SECRET};
    const struct database_call ping = {.function = "ping"};
    struct database database;
    struct database_answer answer;
    enum database_result result;

    cr_assert(database_init(&database, &options, &w->err));
    result = database_call(&database, &ping, &answer, &w->err);
    cr_expect_null(answer.row);
    cr_expect(fake_transport_is_done(&w->peer));
    cr_expect(!strstr(w->err.text, SECRET));
    database_release(&database);
    fake_transport_release(&w->peer);
    return result;
}

Test(database_failures, not_sent_and_no_answer_are_different_things)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        struct world w;

        open_world(&w);
        fake_transport_fail(&w.peer, TRANSPORT_NOT_SENT);
        cr_expect_eq(call(&w, apis[i]), DATABASE_UNREACHED);
        open_world(&w);
        fake_transport_fail(&w.peer, TRANSPORT_UNKNOWN);
        cr_expect_eq(call(&w, apis[i]), DATABASE_UNKNOWN);
        cr_expect_str_eq(w.err.text, "scripted failure");
    }
}

static const struct {
    int status;
    const char *code;
    enum database_result result;
} codes[] = {
    /* Lost while the call was under way. */
    {400, "08006", DATABASE_UNKNOWN},
    {503, "08006", DATABASE_UNKNOWN},
    {500, "08007", DATABASE_UNKNOWN},
    {500, "57P01", DATABASE_UNKNOWN},
    {500, "57P02", DATABASE_UNKNOWN},
    {500, "40003", DATABASE_UNKNOWN},
    {503, "PGRST001", DATABASE_UNKNOWN},
    /* Not done, for a reason that passes. */
    {400, "08000", DATABASE_UNAVAILABLE},
    {503, "08001", DATABASE_UNAVAILABLE},
    {400, "08004", DATABASE_UNAVAILABLE},
    {500, "40001", DATABASE_UNAVAILABLE},
    {500, "40P01", DATABASE_UNAVAILABLE},
    {503, "53300", DATABASE_UNAVAILABLE},
    {400, "53200", DATABASE_UNAVAILABLE},
    {400, "55P03", DATABASE_UNAVAILABLE},
    {500, "57014", DATABASE_UNAVAILABLE},
    {503, "57P03", DATABASE_UNAVAILABLE},
    {503, "PGRST000", DATABASE_UNAVAILABLE},
    {503, "PGRST002", DATABASE_UNAVAILABLE},
    {504, "PGRST003", DATABASE_UNAVAILABLE},
    /* Refused. */
    {400, "42883", DATABASE_SQL_ERROR},
    {400, "42P01", DATABASE_SQL_ERROR},
    {409, "23505", DATABASE_SQL_ERROR},
    {409, "23503", DATABASE_SQL_ERROR},
    {400, "22P02", DATABASE_SQL_ERROR},
    {400, "28P01", DATABASE_SQL_ERROR},
    {400, "P0001", DATABASE_SQL_ERROR},
    {400, "55000", DATABASE_SQL_ERROR},
    {403, "42501", DATABASE_SQL_ERROR},
    {401, "PGRST301", DATABASE_SQL_ERROR},
    {404, "PGRST202", DATABASE_SQL_ERROR},
    {500, "XX000", DATABASE_SQL_ERROR},
    {400, "0", DATABASE_SQL_ERROR},
};

Test(database_failures, each_code_means_the_same_by_both_apis)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        for (size_t j = 0; j < COUNT(codes); j++) {
            struct world w;
            char body[256];
            char text[64];

            (void)snprintf(body, sizeof(body),
                           "{\"message\":\"Key (buyer)=(anna) exists\","
                           "\"code\":\"%s\",\"detail\":\"%s\"}",
                           codes[j].code, SECRET);
            (void)snprintf(text, sizeof(text), "status %d, code %s",
                           codes[j].status, codes[j].code);
            open_world(&w);
            fake_transport_answer(&w.peer, codes[j].status, body);
            cr_expect_eq(call(&w, apis[i]), codes[j].result, "%d %s",
                         codes[j].status, codes[j].code);
            cr_expect_str_eq(w.err.text, text);
        }
    }
}

static const struct {
    int status;
    const char *body;
    enum database_result result;
} answers[] = {
    /* An API or a proxy that says no more than a status. */
    {400, "", DATABASE_SQL_ERROR},
    {400, "{\"message\":\"password authentication failed\"}",
     DATABASE_SQL_ERROR},
    {400, "{\"message\":\"x\",\"code\":null}", DATABASE_SQL_ERROR},
    /* Neon's words for a connection that broke while the query ran. */
    {400, "{\"message\":\"x\",\"code\":\"\"}", DATABASE_UNKNOWN},
    {401, "{\"message\":\"Invalid API key\"}", DATABASE_SQL_ERROR},
    {403, "<html>", DATABASE_SQL_ERROR},
    {404, "not found", DATABASE_SQL_ERROR},
    {413, "", DATABASE_SQL_ERROR},
    {429, "", DATABASE_UNAVAILABLE},
    {503, "<html>", DATABASE_UNAVAILABLE},
    {500, "", DATABASE_UNKNOWN},
    {500, "{\"message\":\"x\"}", DATABASE_UNKNOWN},
    {502, "<html>", DATABASE_UNKNOWN},
    {504, "<html>", DATABASE_UNKNOWN},
    {507, "{\"message\":\"response is too large\"}", DATABASE_UNKNOWN},
    {302, "", DATABASE_UNKNOWN},
    {204, "", DATABASE_UNKNOWN},
    {201, "{\"outcome\":\"sold\"}", DATABASE_UNKNOWN},
    {100, "", DATABASE_UNKNOWN},
    /* A code that is none says nothing. */
    {502, "{\"code\":5}", DATABASE_UNKNOWN},
    {502, "{\"code\":\"\"}", DATABASE_UNKNOWN},
    {502, "{\"code\":\"much too long for a code\"}", DATABASE_UNKNOWN},
    {502, "[\"57014\"]", DATABASE_UNKNOWN},
    {502, "{\"Code\":\"57014\"}", DATABASE_UNKNOWN},
    {502, "{\"code\":\"57014\"", DATABASE_UNKNOWN},
};

Test(database_failures, without_a_code_the_status_decides)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        for (size_t j = 0; j < COUNT(answers); j++) {
            struct world w;
            char text[64];

            (void)snprintf(text, sizeof(text), "status %d", answers[j].status);
            open_world(&w);
            fake_transport_answer(&w.peer, answers[j].status, answers[j].body);
            cr_expect_eq(call(&w, apis[i]), answers[j].result, "%d %s",
                         answers[j].status, answers[j].body);
            cr_expect_str_eq(w.err.text, text);
        }
    }
}

Test(database_failures, each_result_has_a_word_of_its_own)
{
    for (int a = DATABASE_UNKNOWN; a <= DATABASE_UNREACHED; a++) {
        cr_expect_str_neq(database_result_name((enum database_result)a), "?");
        for (int b = DATABASE_UNKNOWN; b < a; b++)
            cr_expect_str_neq(database_result_name((enum database_result)a),
                              database_result_name((enum database_result)b));
    }
    cr_expect_str_eq(database_result_name((enum database_result)99), "?");
}
