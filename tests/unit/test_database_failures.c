/* What became of a call of the database that did not succeed. */
#include "wire/database.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fake_clock.h"
#include "fake_transport.h"

#define SECRET "db-s3cret"

static const enum database_api apis[] = {DATABASE_NEON, DATABASE_POSTGREST};

static struct error err;

/* Judge an answer to a request that went out SENDS times; it must be no row. */
static enum database_result judge_sends(enum database_api api, int status,
                                        const char *body, int sends)
{
    const struct database_response response = {.api = api,
                                               .status = status,
                                               .sends = sends,
                                               .body = slice_of(body),
                                               .hidden = {slice_of(SECRET)}};
    struct database_answer answer = {0};
    enum database_result result;

    err = (struct error){0};
    result = database_judge(&response, &answer, &err);
    cr_expect_null(answer.row);
    cr_expect(!strstr(err.text, SECRET), "%s", err.text);
    database_answer_release(&answer);
    return result;
}

static enum database_result judge(enum database_api api, int status,
                                  const char *body)
{
    return judge_sends(api, status, body, 1);
}

/* Call once, by API and with SECRET, what answers BODY with 500. */
static enum database_result call(enum database_api api, const char *secret,
                                 enum transport_result answered,
                                 const char *body)
{
    struct fake_clock clock;
    struct fake_transport peer;
    const struct database_options options = {.api = api,
                                             .transport = &peer.transport,
                                             .url = "https://db.example",
                                             .secret = secret};
    const struct database_call ping = {.function = "ping"};
    struct database database;
    struct database_answer answer = {0};
    enum database_result result;

    fake_clock_init(&clock);
    fake_transport_init(&peer, &clock);
    fake_transport_script(&peer, answered, 500, body);
    cr_assert(database_init(&database, &options, &err));
    result = database_call(&database, &ping, &answer, &err);
    cr_expect(fake_transport_is_done(&peer));
    database_answer_release(&answer);
    database_release(&database);
    fake_transport_release(&peer);
    return result;
}

Test(database_failures, not_sent_and_no_answer_are_different_things)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        cr_expect_eq(call(apis[i], SECRET, TRANSPORT_NOT_SENT, NULL),
                     DATABASE_UNREACHED);
        cr_expect_eq(call(apis[i], SECRET, TRANSPORT_UNKNOWN, NULL),
                     DATABASE_UNKNOWN);
        cr_expect_str_eq(err.text, "scripted failure");
    }
}

Test(database_failures, a_proof_counts_only_for_a_request_that_went_out_once)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        cr_expect_eq(judge_sends(apis[i], 400, "{\"code\":\"53300\"}", 2),
                     DATABASE_UNKNOWN);
        cr_expect_str_eq(err.text, "sent twice: status 400, code 53300");
    }
}

/* ---- SQLSTATEs: the database's own, the same by both APIs ---- */

static const struct {
    const char *code;
    enum database_result result;
} sqlstates[] = {
    /* Not done, for a reason that passes. */
    {"08001", DATABASE_UNAVAILABLE},
    {"08004", DATABASE_UNAVAILABLE},
    {"25006", DATABASE_UNAVAILABLE},
    {"40001", DATABASE_UNAVAILABLE},
    {"40P01", DATABASE_UNAVAILABLE},
    {"53300", DATABASE_UNAVAILABLE},
    {"53200", DATABASE_UNAVAILABLE},
    {"55P03", DATABASE_UNAVAILABLE},
    {"57014", DATABASE_UNAVAILABLE},
    {"57P03", DATABASE_UNAVAILABLE},
    /* Not done: refused, or rolled back. */
    {"22P02", DATABASE_SQL_ERROR},
    {"23505", DATABASE_SQL_ERROR},
    {"23514", DATABASE_SQL_ERROR},
    {"28P01", DATABASE_SQL_ERROR},
    {"3D000", DATABASE_SQL_ERROR},
    {"42501", DATABASE_NO_RIGHTS},
    {"42601", DATABASE_SQL_ERROR},
    {"42883", DATABASE_NO_FUNCTION},
    {"54001", DATABASE_SQL_ERROR},
    {"P0001", DATABASE_SQL_ERROR},
    /* Said of a connection: what became of the call is not known. */
    {"08000", DATABASE_UNKNOWN},
    {"08003", DATABASE_UNKNOWN},
    {"08006", DATABASE_UNKNOWN},
    {"08007", DATABASE_UNKNOWN},
    {"08P01", DATABASE_UNKNOWN},
    {"57P01", DATABASE_UNKNOWN},
    {"57P02", DATABASE_UNKNOWN},
    {"57P05", DATABASE_UNKNOWN},
    /* No proof. */
    {"40003", DATABASE_UNKNOWN},
    {"25001", DATABASE_UNKNOWN},
    {"25P02", DATABASE_UNKNOWN},
    {"55000", DATABASE_UNKNOWN},
    {"58030", DATABASE_UNKNOWN},
    {"P0002", DATABASE_UNKNOWN},
    {"PT409", DATABASE_UNKNOWN},
    {"XX000", DATABASE_UNKNOWN},
};

Test(database_failures, a_sqlstate_means_the_same_by_both_apis_and_any_status)
{
    static const int statuses[] = {400, 401, 409, 429, 500, 503};

    for (size_t i = 0; i < COUNT(apis) * COUNT(statuses); i++) {
        for (size_t j = 0; j < COUNT(sqlstates); j++) {
            const int status = statuses[i / COUNT(apis)];
            char body[256];
            char text[64];

            (void)snprintf(body, sizeof(body),
                           "{\"message\":\"Key (buyer)=(anna) exists\","
                           "\"code\":\"%s\",\"detail\":\"%s\"}",
                           sqlstates[j].code, SECRET);
            (void)snprintf(text, sizeof(text), "status %d, code %s", status,
                           sqlstates[j].code);
            cr_expect_eq(judge(apis[i % COUNT(apis)], status, body),
                         sqlstates[j].result, "%d %s", status,
                         sqlstates[j].code);
            cr_expect_str_eq(err.text, text);
        }
    }
}

/* ---- what an API says by itself ---- */

static const struct {
    enum database_api api;
    int status;
    const char *body;
    enum database_result result;
    const char *text;
} answers[] = {
    /* PostgREST never ran it. */
    {DATABASE_POSTGREST, 503, "{\"code\":\"PGRST000\",\"message\":\"no db\"}",
     DATABASE_UNAVAILABLE, "status 503, code PGRST000: no db"},
    {DATABASE_POSTGREST, 503, "{\"code\":\"PGRST002\"}", DATABASE_UNAVAILABLE,
     "status 503, code PGRST002"},
    {DATABASE_POSTGREST, 504, "{\"code\":\"PGRST003\"}", DATABASE_UNAVAILABLE,
     NULL},
    {DATABASE_POSTGREST, 400, "{\"code\":\"PGRST102\"}", DATABASE_SQL_ERROR,
     NULL},
    {DATABASE_POSTGREST, 404, "{\"code\":\"PGRST202\"}", DATABASE_NO_FUNCTION,
     NULL},
    {DATABASE_POSTGREST, 404, "{\"code\":\"PGRST203\"}", DATABASE_SQL_ERROR,
     NULL},
    {DATABASE_NEON, 404, "{\"code\":\"PGRST202\"}", DATABASE_UNKNOWN, NULL},
    {DATABASE_POSTGREST, 500, "{\"code\":\"PGRST300\"}", DATABASE_SQL_ERROR,
     NULL},
    {DATABASE_POSTGREST, 401, "{\"code\":\"PGRST301\"}", DATABASE_SQL_ERROR,
     NULL},
    {DATABASE_POSTGREST, 401,
     "{\"code\":\"PGRST303\",\"message\":\"JWT expired\"}",
     DATABASE_UNAVAILABLE, "status 401, code PGRST303: JWT expired"},
    {DATABASE_POSTGREST, 401,
     "{\"code\":\"PGRST301\",\"message\":\"JWT issued at future\"}",
     DATABASE_UNAVAILABLE, NULL},
    {DATABASE_POSTGREST, 401,
     "{\"code\":\"PGRST301\",\"message\":\"JWTIssuedAtFuture\"}",
     DATABASE_UNAVAILABLE, NULL},
    /* It lost the connection, or does not say. */
    {DATABASE_POSTGREST, 503, "{\"code\":\"PGRST001\"}", DATABASE_UNKNOWN,
     NULL},
    {DATABASE_POSTGREST, 500, "{\"code\":\"PGRSTX00\"}", DATABASE_UNKNOWN,
     NULL},
    /* Supabase: the project is paused. */
    {DATABASE_POSTGREST, 540, "{\"message\":\"Project paused\"}",
     DATABASE_UNAVAILABLE, "status 540: Project paused"},
    {DATABASE_POSTGREST, 540, "<html>", DATABASE_UNAVAILABLE, NULL},
    {DATABASE_POSTGREST, 544, "", DATABASE_UNKNOWN, "status 544"},
    /* Neon's proxy had no connection yet. */
    {DATABASE_NEON, 500,
     "{\"message\":\"Control plane request failed\",\"code\":\"\"}",
     DATABASE_UNAVAILABLE, "status 500: Control plane request failed"},
    {DATABASE_NEON, 400,
     "{\"message\":\"Control plane request failed: endpoint cannot be found\","
     "\"code\":\"\"}",
     DATABASE_UNAVAILABLE, NULL},
    {DATABASE_NEON, 500, "{\"message\":\"Couldn't connect to compute node\"}",
     DATABASE_UNAVAILABLE, NULL},
    {DATABASE_NEON, 500,
     "{\"message\":\"Couldn't connect to compute node\",\"code\":\"XX000\"}",
     DATABASE_UNAVAILABLE, "status 500, code XX000"},
    {DATABASE_NEON, 500,
     "{\"message\":\"Too many connections attempts\",\"code\":\"\"}",
     DATABASE_UNAVAILABLE, NULL},
    {DATABASE_NEON, 500,
     "{\"message\":\"Failed to acquire permit to connect to the database. Too "
     "many database connection attempts are currently ongoing.\"}",
     DATABASE_UNAVAILABLE, NULL},
    {DATABASE_NEON, 400,
     "{\"message\":\"The requested endpoint could not be found, or you don't "
     "have access to it.\",\"code\":\"\"}",
     DATABASE_UNAVAILABLE, NULL},
    {DATABASE_NEON, 500,
     "{\"message\":\"Your account or project has exceeded the compute time "
     "quota. Upgrade your plan to increase limits.\",\"code\":\"\"}",
     DATABASE_UNAVAILABLE, NULL},
    {DATABASE_NEON, 400,
     "{\"message\":\"password authentication failed for user 'u'\","
     "\"code\":\"\"}",
     DATABASE_SQL_ERROR, NULL},
    /* Its words of the query itself prove nothing. */
    {DATABASE_NEON, 400,
     "{\"message\":\"error communicating with the server\",\"code\":\"\"}",
     DATABASE_UNKNOWN, "status 400: error communicating with the server"},
    {DATABASE_NEON, 507, "{\"message\":\"response is too large\"}",
     DATABASE_UNKNOWN, NULL},
    {DATABASE_NEON, 400,
     "{\"message\":\"Control plane request failed\",\"code\":\"08P01\"}",
     DATABASE_UNKNOWN, "status 400, code 08P01"},
    {DATABASE_NEON, 500, "{\"code\":\"\"}", DATABASE_UNKNOWN, NULL},
    /* Each API's codes and words are its own. */
    {DATABASE_NEON, 503, "{\"code\":\"PGRST000\"}", DATABASE_UNKNOWN, NULL},
    {DATABASE_NEON, 540, "", DATABASE_UNKNOWN, NULL},
    {DATABASE_POSTGREST, 500,
     "{\"message\":\"Control plane request failed\",\"code\":\"\"}",
     DATABASE_UNKNOWN, NULL},
};

Test(database_failures, each_apis_own_words_are_told_apart)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        cr_expect_eq(judge(answers[i].api, answers[i].status, answers[i].body),
                     answers[i].result, "%d %s", answers[i].status,
                     answers[i].body);
        if (answers[i].text)
            cr_expect_str_eq(err.text, answers[i].text, "%s", err.text);
    }
}

/* ---- statuses without a code, by either API ---- */

static const struct {
    int status;
    const char *body;
    enum database_result result;
} statuses[] = {
    {401, "{\"message\":\"Invalid API key\"}", DATABASE_SQL_ERROR},
    {403, "<html>", DATABASE_SQL_ERROR},
    {429, "", DATABASE_UNAVAILABLE},
    {429, "{\"code\":\"over_request_rate_limit\"}", DATABASE_UNAVAILABLE},
    {400, "", DATABASE_UNKNOWN},
    {400, "{\"message\":\"x\",\"code\":null}", DATABASE_UNKNOWN},
    {400, "{\"message\":\"x\",\"code\":\"\"}", DATABASE_UNKNOWN},
    {400, "{\"code\":\"0\"}", DATABASE_UNKNOWN},
    {404, "not found", DATABASE_UNKNOWN},
    {408, "Request Timeout", DATABASE_UNKNOWN},
    {409, "", DATABASE_UNKNOWN},
    {499, "", DATABASE_UNKNOWN},
    {500, "", DATABASE_UNKNOWN},
    {500, "{\"message\":\"x\"}", DATABASE_UNKNOWN},
    {502, "<html>", DATABASE_UNKNOWN},
    {503, "upstream connect error or disconnect/reset before headers",
     DATABASE_UNKNOWN},
    {503, "<html>", DATABASE_UNKNOWN},
    {504, "<html>", DATABASE_UNKNOWN},
    {301, "", DATABASE_UNKNOWN},
    {302, "", DATABASE_UNKNOWN},
    {308, "", DATABASE_UNKNOWN},
    {204, "", DATABASE_UNKNOWN},
    {201, "{\"outcome\":\"sold\"}", DATABASE_UNKNOWN},
    {100, "", DATABASE_UNKNOWN},
    /* A code that is none says nothing. */
    {502, "{\"code\":5}", DATABASE_UNKNOWN},
    {502, "{\"code\":\"\"}", DATABASE_UNKNOWN},
    {502, "{\"code\":\"much too long for a code\"}", DATABASE_UNKNOWN},
    {502, "{\"code\":\"42p01\"}", DATABASE_UNKNOWN},
    {502, "{\"code\":\"4211\"}", DATABASE_UNKNOWN},
    {502, "[\"57014\"]", DATABASE_UNKNOWN},
    {502, "{\"Code\":\"57014\"}", DATABASE_UNKNOWN},
    {502, "{\"code\":\"57014\"", DATABASE_UNKNOWN},
};

Test(database_failures, without_a_code_only_a_refusal_before_the_work_counts)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        for (size_t j = 0; j < COUNT(statuses); j++) {
            cr_expect_eq(judge(apis[i], statuses[j].status, statuses[j].body),
                         statuses[j].result, "%d %s", statuses[j].status,
                         statuses[j].body);
        }
    }
}

/* ---- a gateway's words ---- */

/* What each API is told, and how it may repeat a part of that. */
static const struct {
    enum database_api api;
    const char *secret;
    const char *said;
    const char *text;
} repeated[] = {
    {DATABASE_NEON, "postgresql://shop:p%40ss-word@h/d",
     "no postgresql://shop:p%40ss-word@h/d",
     "status 500: no postgresql://shop:***@h/d"},
    {DATABASE_NEON, "postgresql://shop:p%40ss-word@h/d", "user=shop p@ss-word",
     "status 500: user=shop ***"},
    {DATABASE_NEON, "postgresql://shop:100%-my-word@h/d", "no 100%-my-word",
     "status 500: no ***"},
    {DATABASE_NEON, "nonsense-of-a-connection", "nonsense-of-a-connection?",
     "status 500: ***?"},
    {DATABASE_POSTGREST, "sb_secret_abcdef", "apikey: sb_secret_abcdef",
     "status 500: apikey: ***"},
    {DATABASE_POSTGREST, "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoieCJ9.c2ln",
     "Authorization: Bearer eyJhbGciOiJIUz",
     "status 500: Authorization: "
     "Bearer ***"},
};

Test(database_failures, a_gateways_words_are_told_without_our_credentials)
{
    for (size_t i = 0; i < 2 * COUNT(repeated); i++) {
        const size_t j = i / 2;
        char body[256];

        (void)snprintf(body, sizeof(body),
                       i % 2 ? "{\"message\":\"%s\"}" : "%s", repeated[j].said);
        cr_expect_eq(
            call(repeated[j].api, repeated[j].secret, TRANSPORT_ANSWERED, body),
            DATABASE_UNKNOWN);
        cr_expect_str_eq(err.text, repeated[j].text, "%s", err.text);
    }
}

Test(database_failures, long_words_are_cut)
{
    char body[4096];

    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    cr_expect_eq(judge(DATABASE_NEON, 500, body), DATABASE_UNKNOWN);
    cr_expect_lt(strlen(err.text), 300U);
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
