/* The release with what the holder has learned, in one request. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "lock_world.h"

#define RELEASE "[\"DELEX\",\"lock:product:1\",\"IFEQ\",\"TOKEN\"]"
#define UNMARK "[\"DELEX\",\"key:purchase:k\",\"IFEQ\",\"TOKEN\"]"
#define PUT_UP "[\"SET\",\"closed:product:1\",\"sold_out\",\"EX\",10]"
#define DONE "{\"result\":1}"
#define NO_DELEX "{\"error\":\"ERR unknown command 'delex'\"}"
#define NOT_ALLOWED "{\"error\":\"NOPERM no permissions to run 'delex'\"}"

static const struct lock_news sold_out = {.sign = "sold_out", .sign_s = 10};

/* Hold product:1; KEY is the client's. */
static void hold(const char *key)
{
    lock_world_open();
    lock_world_store(key ? LOCK_WORLD_WON_MARKED : LOCK_WORLD_WON);
    cr_assert_eq(lock_world_ask(lock_world_request(key)), LOCK_HELD);
}

static bool settle(const struct lock_news *news)
{
    return lock_settle(&lw.client, &lw.lock, true, news, INT64_MAX, &lw.err);
}

/* What request I sent, but TOKEN for our token. */
static const char *sent(size_t i)
{
    char *body = lw.store.requests[i].body;
    const size_t len = strlen(lw.lock.token);
    char *token;

    while ((token = strstr(body, lw.lock.token)) != NULL) {
        memcpy(token, "TOKEN", 5);
        memmove(token + 5, token + len, strlen(token + len) + 1);
    }
    return body;
}

/* ---- what is sent ---- */

static const struct {
    const char *key;
    bool kept; /* the lock is not released */
    struct lock_news news;
    const char *commands;
    const char *answer;
} settlements[] = {
    {NULL, false, {0}, RELEASE, DONE},
    {"k", false, {0}, RELEASE, DONE},
    {NULL,
     false,
     {.sign = "sold_out", .sign_s = 10},
     "[" RELEASE "," PUT_UP "]",
     "[" DONE "," DONE "]"},
    {NULL, true, {.sign = "sold_out", .sign_s = 10}, PUT_UP, DONE},
    {NULL,
     false,
     {.sign_s = 10, .opened = true},
     "[" RELEASE ",[\"DEL\",\"closed:product:1\"]]",
     "[" DONE "," DONE "]"},
    {NULL,
     false,
     {.forget = true},
     "[" RELEASE ",[\"DEL\",\"fence:product:1\"]]",
     "[" DONE "," DONE "]"},
    {"k",
     false,
     {.forget = true, .refused = true},
     "[" RELEASE "," UNMARK ",[\"DEL\",\"fence:product:1\"]]",
     "[" DONE "," DONE "," DONE "]"},
    {"k",
     false,
     {.refused = true},
     "[" RELEASE "," UNMARK "]",
     "[" DONE "," DONE "]"},
    {"k",
     false,
     {.forget = true},
     "[" RELEASE ",[\"DEL\",\"fence:product:1\"]]",
     "[" DONE "," DONE "]"},
    {NULL, false, {.refused = true}, RELEASE, DONE},
    {NULL,
     false,
     {.sign = "sold_out", .sign_s = 10, .forget = true},
     "[" RELEASE "," PUT_UP ",[\"DEL\",\"fence:product:1\"]]",
     "[" DONE "," DONE "," DONE "]"},
};

Test(lock_settle, what_is_left_to_do_is_one_request)
{
    for (size_t i = 0; i < COUNT(settlements); i++) {
        const char *commands = settlements[i].commands;

        hold(settlements[i].key);
        lock_world_store(settlements[i].answer);
        cr_expect(lock_settle(&lw.client, &lw.lock, !settlements[i].kept,
                              &settlements[i].news, INT64_MAX, &lw.err),
                  "%s", lw.err.text);
        cr_expect_str_eq(sent(1), commands);
        cr_expect_str_eq(lw.store.requests[1].url,
                         commands[1] == '[' ? "https://kv.example/pipeline"
                                            : "https://kv.example/");
        lock_world_close();
    }
}

Test(lock_settle, without_anything_to_do_nothing_is_sent)
{
    hold("k");
    cr_expect(
        lock_settle(&lw.client, &lw.lock, false, NULL, INT64_MAX, &lw.err));
    cr_expect(lock_settle(&lw.client, &lw.lock, false, &(struct lock_news){0},
                          INT64_MAX, &lw.err));
    lock_world_close();
}

/* Refused, and its own marker is in the store: that is all it takes away. */
Test(lock_settle, who_does_not_hold_the_lock_has_no_news)
{
    static const struct lock_news all = {
        .sign = "sold_out", .sign_s = 10, .opened = true, .forget = true};

    lock_world_open();
    lock_world_store("[{\"result\":null},{\"result\":8},"
                     "{\"result\":\"OK\"},"
                     "{\"result\":[\"other\",null,\"$TOKEN\"]}]");
    cr_expect_eq(lock_world_ask(lock_world_request("k")), LOCK_BUSY);
    lock_world_store(DONE);
    cr_expect(settle(&all));
    cr_expect_str_eq(sent(1), UNMARK);
    lock_world_store(LOCK_WORLD_LOOK_THEIRS);
    cr_expect_eq(lock_world_acquire(true), LOCK_BUSY);
    cr_expect(settle(&all), "neither lock nor marker is ours");
    lock_world_close();
}

/* Somebody else may hold it now, and know better. */
Test(lock_settle, whose_lease_is_over_has_no_news_any_more)
{
    hold("k");
    fake_clock_advance(&lw.clock, 10000);
    lock_world_store(DONE);
    cr_expect(settle(
        &(struct lock_news){.sign = "sold_out", .sign_s = 10, .forget = true}));
    cr_expect_str_eq(sent(1), RELEASE);
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    lock_world_close();
}

Test(lock_settle, the_news_of_a_permit_are_its_names)
{
    struct lock_request request = lock_world_request(NULL);

    lock_world_open();
    request.permits = 32;
    do {
        lock_world_crowd();
        lock_world_store(LOCK_WORLD_LOOK_FREE);
        lock_world_store(LOCK_WORLD_WON);
        cr_assert_eq(lock_world_ask(request), LOCK_HELD);
    } while (strcmp(lw.lock.name, "product:1") == 0);
    lock_world_store("[" DONE "," DONE "]");
    cr_expect(settle(&sold_out));
    cr_expect(strstr(sent(lw.store.request_count - 1),
                     "[\"DELEX\",\"lock:product:1#"));
    cr_expect(strstr(sent(lw.store.request_count - 1), PUT_UP));
    cr_expect_eq(lock_world_acquire(true), LOCK_CLOSED);
    lock_world_close();
}

/* ---- who settles knows it ---- */

Test(lock_settle, who_puts_up_a_sign_has_seen_it)
{
    hold(NULL);
    lock_world_store("[" DONE "," DONE "]");
    cr_expect(settle(&sold_out));
    cr_expect_eq(lock_world_acquire(true), LOCK_CLOSED);
    cr_expect_str_eq(lw.lock.sign, "sold_out");
    lock_world_close();
}

Test(lock_settle, who_takes_a_sign_down_has_seen_it_go)
{
    hold(NULL);
    lock_memory_sign(&lw.client.memory, "product:1", "sold_out",
                     clock_boottime_ms(&lw.clock.clock));
    lock_world_store("[" DONE "," DONE "]");
    cr_expect(settle(&(struct lock_news){.opened = true}));
    lock_world_store(LOCK_WORLD_LOOK_FREE);
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    lock_world_close();
}

/* ---- a store without DELEX ---- */

Test(lock_settle, without_delex_all_of_it_is_sent_again_by_the_script)
{
    static const char *const rejections[] = {NO_DELEX, NOT_ALLOWED};

    for (size_t i = 0; i < COUNT(rejections); i++) {
        char answer[256];

        (void)snprintf(answer, sizeof(answer), "[%s,%s," DONE "]",
                       rejections[i], rejections[i]);
        hold("k");
        lock_world_store(answer);
        lock_world_store("[" DONE "," DONE "," DONE "]");
        cr_expect(settle(&(struct lock_news){.forget = true, .refused = true}));
        cr_expect(strstr(sent(2), "[[\"EVAL\",\"if redis.call("));
        cr_expect(
            strstr(sent(2), "\",1,\"lock:product:1\",\"TOKEN\"],[\"EVAL\""));
        cr_expect(strstr(sent(2), ",\"key:purchase:k\",\"TOKEN\"],"
                                  "[\"DEL\",\"fence:product:1\"]]"));
        cr_expect(lw.redis.release_by_script);
        lock_world_store("[" DONE "," DONE "]");
        cr_expect(settle(&sold_out));
        cr_expect(strstr(sent(3), "[[\"EVAL\","), "it was not learned");
        cr_expect(strstr(sent(3), PUT_UP));
        lock_world_close();
    }
}

Test(lock_settle, a_passing_error_of_delex_teaches_nothing)
{
    hold(NULL);
    lock_world_store("[{\"error\":\"LOADING the dataset\"}," DONE "]");
    lock_world_store("[" DONE "," DONE "]");
    cr_expect(settle(&sold_out));
    cr_expect(!lw.redis.release_by_script);
    lock_world_close();
}

Test(lock_settle, without_anything_to_compare_an_error_is_not_about_delex)
{
    hold(NULL);
    fake_transport_answer(&lw.store, 400, "{\"error\":\"ERR no set\"}");
    cr_expect(!lock_settle(&lw.client, &lw.lock, false, &sold_out, INT64_MAX,
                           &lw.err));
    cr_expect(!lw.redis.release_by_script);
    lock_world_close();
}

/* ---- what it came to ---- */

#define NOPERM "NOPERM No permissions to access a key"
#define FAILED(why) "{\"error\":\"" why "\"}"

static const struct {
    int status;
    const char *answer; /* to a release, a sign and a counter's deletion */
    bool released;
    const char *says; /* "": nothing */
} answers[] = {
    {200, "[" DONE "," DONE "," DONE "]", true, ""},
    {200, "[{\"result\":0}," DONE "," DONE "]", true, ""},
    /* A sign that fails does not hide that the lock is free. */
    {200, "[" DONE "," FAILED(NOPERM) "," DONE "]", true,
     "sign: command unauthorized: the store says: " NOPERM},
    {200, "[" DONE "," DONE "," FAILED("ERR no del") "]", true,
     "counter: command failed: the store says: ERR no del"},
    {200, "[" DONE "," FAILED("ERR no set") "," FAILED("ERR no del") "]", true,
     "sign: command failed: the store says: ERR no set"},
    {200, "[{\"result\":\"1\"}," DONE "," DONE "]", false,
     "release: the reply is no number"},
    {200, "[{\"result\":null}," DONE "," DONE "]", false, "release: "},
    {401, "{\"error\":\"WRONGPASS\"}", false, "release: unauthorized: "},
    {429, "", false, "release: "},
};

Test(lock_settle, the_answer_is_that_of_the_release_and_the_rest_is_told)
{
    static const struct lock_news news = {
        .sign = "sold_out", .sign_s = 10, .forget = true};

    for (size_t i = 0; i < COUNT(answers); i++) {
        const char *says = answers[i].says;

        hold(NULL);
        error_set(&lw.err, "what was said before");
        fake_transport_answer(&lw.store, answers[i].status, answers[i].answer);
        cr_expect_eq(settle(&news), answers[i].released, "%s",
                     answers[i].answer);
        cr_expect(says[0] ? strncmp(lw.err.text, says, strlen(says)) == 0
                          : !lw.err.text[0],
                  "%s: %s", answers[i].answer, lw.err.text);
        lock_world_close();
    }
}

Test(lock_settle, a_marker_that_stays_is_told)
{
    hold("k");
    lock_world_store("[" DONE "," FAILED(NOPERM) "]");
    cr_expect(settle(&(struct lock_news){.refused = true}));
    cr_expect_str_eq(lw.err.text,
                     "marker: command unauthorized: the store says: " NOPERM);
    lock_world_close();
}

/* The tries before are no failure if the last one has done everything. */
Test(lock_settle, what_went_well_in_the_end_is_not_told)
{
    hold(NULL);
    fake_transport_answer(&lw.store, 400, NOT_ALLOWED);
    lock_world_store("[" DONE "," DONE "]");
    cr_expect(settle(&sold_out));
    cr_expect_str_eq(lw.err.text, "");
    lock_world_store(LOCK_WORLD_LOOK_FREE);
    lock_world_store(LOCK_WORLD_WON);
    lock_memory_sign(&lw.client.memory, "product:1", "",
                     clock_boottime_ms(&lw.clock.clock));
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
    lock_world_store(DONE);
    cr_expect(settle(NULL));
    cr_expect_str_eq(lw.err.text, "");
    error_set(&lw.err, "what was said before");
    cr_expect(
        lock_settle(&lw.client, &lw.lock, false, NULL, INT64_MAX, &lw.err));
    cr_expect_str_eq(lw.err.text, "");
    lock_world_close();
}

Test(lock_settle, a_release_that_fails_by_the_script_too_says_why)
{
    hold(NULL);
    lock_world_store("[" NO_DELEX "," DONE "]");
    lock_world_store("[{\"error\":\"ERR no scripts\"}," DONE "]");
    cr_expect(!settle(&sold_out));
    cr_expect(strstr(lw.err.text, "no scripts"), "%s", lw.err.text);
    cr_expect(!lw.redis.release_by_script);
    lock_world_close();
}

Test(lock_settle, news_are_not_sent_again_when_the_lease_is_over)
{
    hold(NULL);
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN)->takes_ms = 10000;
    cr_expect(!settle(&sold_out));
    cr_expect_eq(lw.store.request_count, 2);
    lock_world_close();
}

Test(lock_settle, without_an_answer_all_of_it_is_sent_once_more)
{
    hold(NULL);
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
    lock_world_store("[{\"result\":0}," DONE "]");
    cr_expect(settle(&sold_out));
    cr_expect_str_eq(lw.store.requests[1].body, lw.store.requests[2].body);
    lock_world_close();
}
