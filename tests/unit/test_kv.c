/* What is sent to the store, and what is said of it; see test_kv_answers.c. */
#include "wire/kv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "count.h"
#include "fake_clock.h"
#include "fake_transport.h"

#define SECRET "kv-s3cret"

/* ---- bodies ---- */

static void expect_body(const struct kv_command commands[], size_t count,
                        const char *expected)
{
    struct buffer body;

    buffer_init(&body, 256);
    cr_assert(buffer_append_text(&body, "what was there"));
    cr_expect(kv_write(commands, count, &body));
    cr_expect_str_eq(body.data, expected);
    buffer_release(&body);
}

Test(kv, one_command_is_an_array_and_several_are_an_array_of_them)
{
    const struct kv_command commands[] = {
        KV_COMMAND("SET", "k\"\n\xc3\xbc", "v", "EX", "10"),
        KV_COMMAND("GET", "k")};

    expect_body(commands, 1, "[\"SET\",\"k\\\"\\n\xc3\xbc\",\"v\",\"EX\",10]");
    expect_body(commands, 2,
                "[[\"SET\",\"k\\\"\\n\xc3\xbc\",\"v\",\"EX\",10],"
                "[\"GET\",\"k\"]]");
}

/* As a number only what comes out of one as the same digits. */
static const struct {
    const char *argument;
    const char *written;
} numbers[] = {
    {"1", "1"},
    {"10", "10"},
    {"999999999999999", "999999999999999"},
    {"9007199254740991", "9007199254740991"},
    {"9007199254740992", "\"9007199254740992\""},
    {"99999999999999999999", "\"99999999999999999999\""},
    {"0", "\"0\""},
    {"007", "\"007\""},
    {"-5", "\"-5\""},
    {"1.5", "\"1.5\""},
    {"1e3", "\"1e3\""},
    {"", "\"\""},
    {"12345678901234567890123456789012",
     "\"12345678901234567890123456789012\""},
};

Test(kv, whole_numbers_keep_their_digits)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char body[128];

        (void)snprintf(body, sizeof(body), "[\"INCRBY\",\"k\",%s]",
                       numbers[i].written);
        expect_body(&KV_COMMAND("INCRBY", "k", numbers[i].argument), 1, body);
    }
}

/* ---- exchanges ---- */

static struct {
    struct fake_clock clock;
    struct fake_transport store;
    struct kv kv;
    struct kv_replies replies;
    struct error err;
} world;

static void open_world(void)
{
    const struct kv_options options = {.transport = &world.store.transport,
                                       .url = "https://kv.example/base//",
                                       .token = SECRET};

    fake_clock_init(&world.clock);
    fake_transport_init(&world.store, &world.clock);
    cr_assert(kv_init(&world.kv, &options, &world.err));
}

static void close_world(void)
{
    cr_expect(fake_transport_is_done(&world.store));
    cr_expect(!strstr(world.err.text, SECRET), "%s", world.err.text);
    kv_release(&world.kv);
    fake_transport_release(&world.store);
    memset(&world, 0, sizeof(world)); /* so that a leak shows */
}

/* Send COUNT times GET k. */
static enum kv_result ask(size_t count)
{
    const struct kv_command get[] = {KV_COMMAND("GET", "k"),
                                     KV_COMMAND("GET", "k")};

    return kv_exchange(&world.kv, get, count, 500, &world.replies, &world.err);
}

Test(kv, a_request_is_a_post_with_the_token_in_a_header)
{
    open_world();
    fake_transport_answer(&world.store, 200,
                          "[{\"result\":1},{\"error\":\"ERR\"}]");
    fake_transport_answer(&world.store, 200, "{\"result\":null}");
    cr_expect_eq(ask(2), KV_ANSWERED);
    cr_expect_eq(world.replies.list[0].type, KV_INTEGER);
    cr_expect_eq(world.replies.list[1].type, KV_ERROR);
    cr_expect_eq(ask(1), KV_ANSWERED);
    cr_expect_eq(world.replies.list[0].type, KV_NULL);
    cr_expect_str_eq(world.store.requests[0].method, "POST");
    cr_expect_str_eq(world.store.requests[0].url,
                     "https://kv.example/base/multi-exec");
    cr_expect_str_eq(world.store.requests[1].url, "https://kv.example/base/");
    cr_expect_str_eq(world.store.requests[1].headers,
                     "Authorization: Bearer " SECRET "\n"
                     "Content-Type: application/json\n");
    cr_expect_str_eq(world.store.requests[1].body, "[\"GET\",\"k\"]");
    cr_expect_eq(world.store.requests[1].timeout_ms, 500);
    close_world();
}

/* Each command of a pipeline has a reply of its own, an error too. */
Test(kv, several_commands_can_be_sent_each_for_itself)
{
    const struct kv_command commands[] = {KV_COMMAND("DEL", "a"),
                                          KV_COMMAND("DEL", "b")};

    open_world();
    fake_transport_answer(&world.store, 200,
                          "[{\"error\":\"NOPERM no\"},{\"result\":1}]");
    fake_transport_answer(&world.store, 200, "{\"result\":1}");
    cr_expect_eq(
        kv_pipeline(&world.kv, commands, 2, 500, &world.replies, &world.err),
        KV_ANSWERED);
    cr_expect_eq(world.replies.list[0].type, KV_ERROR);
    cr_expect_str_eq(world.replies.list[0].text, "NOPERM no");
    cr_expect_eq(world.replies.list[1].integer, 1);
    cr_expect_str_eq(world.store.requests[0].url,
                     "https://kv.example/base/pipeline");
    cr_expect_str_eq(world.store.requests[0].body,
                     "[[\"DEL\",\"a\"],[\"DEL\",\"b\"]]");
    cr_expect_eq(
        kv_pipeline(&world.kv, commands, 1, 500, &world.replies, &world.err),
        KV_ANSWERED);
    cr_expect_str_eq(world.store.requests[1].url, "https://kv.example/base/");
    close_world();
}

Test(kv, a_command_past_the_limit_is_not_sent)
{
    static char value[20000];

    memset(value, 'x', sizeof(value) - 1);
    open_world();
    cr_expect_eq(kv_exchange(&world.kv, &KV_COMMAND("SET", "k", value), 1, 500,
                             &world.replies, &world.err),
                 KV_NOT_SENT);
    cr_expect_str_eq(world.err.text, "the command is too long");
    close_world();
}

Test(kv, what_is_too_long_for_a_url_or_a_header_is_refused_at_the_start)
{
    static char text[9000];
    struct kv_options options = {.url = text, .token = SECRET};
    struct kv kv;
    struct error err;

    memset(text, 'x', sizeof(text) - 1);
    cr_expect(!kv_init(&kv, &options, &err));
    options = (struct kv_options){.url = "https://kv.example", .token = text};
    cr_expect(!kv_init(&kv, &options, &err));
    cr_expect_str_eq(err.text, "URL or token too long");
}

Test(kv, how_often_a_request_went_out_is_known)
{
    open_world();
    fake_transport_answer(&world.store, 200, "{\"result\":null}")->sends = 2;
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN);
    cr_expect_eq(ask(1), KV_ANSWERED);
    cr_expect_eq(world.replies.sends, 2);
    cr_expect_eq(ask(1), KV_NO_ANSWER);
    cr_expect_eq(world.replies.sends, 0);
    close_world();
}

Test(kv, no_answer_and_not_sent_are_different_things_and_leave_no_reply)
{
    open_world();
    fake_transport_answer(&world.store, 400,
                          "{\"error\":\"NOPERM " SECRET "\"}");
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN);
    fake_transport_fail(&world.store, TRANSPORT_NOT_SENT);
    cr_expect_eq(ask(1), KV_UNAUTHORIZED);
    cr_expect_eq(world.replies.list[0].type, KV_ERROR);
    cr_expect_str_eq(world.replies.list[0].text, "NOPERM ***");
    cr_expect_eq(ask(1), KV_NO_ANSWER);
    cr_expect_eq(world.replies.list[0].type, KV_NULL);
    cr_expect_str_eq(world.replies.list[0].text, "");
    cr_expect_eq(ask(1), KV_NOT_SENT);
    cr_expect_str_eq(world.err.text, "scripted failure");
    close_world();
}

/* ---- words ---- */

Test(kv, an_explanation_leaves_out_the_arguments_that_redis_echoes)
{
    struct error err;
    char text[600];

    kv_explain(&err, "ERR unknown command 'delex', with args "
                     "beginning with: 'lock:a' 't0ken' ");
    cr_expect_str_eq(err.text, "the store says: ERR unknown command 'delex'");
    kv_explain(&err, "");
    cr_expect_str_eq(err.text, "the store says: ");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    kv_explain(&err, text);
    cr_expect_eq(strlen(err.text), strlen("the store says: ") + 200);
}

Test(kv, the_kind_of_an_error_is_told_by_its_beginning)
{
    cr_expect_eq(kv_error_kind("NOPERM x"), KV_UNAUTHORIZED);
    cr_expect_eq(kv_error_kind("ERR NOPERM x"), KV_FAILED);
    cr_expect_eq(kv_error_kind("NOPER"), KV_FAILED);
    cr_expect_eq(kv_error_kind(""), KV_FAILED);
}

Test(kv, each_result_has_a_word_of_its_own)
{
    for (int a = KV_NO_ANSWER; a <= KV_FAILED; a++) {
        cr_expect_str_neq(kv_result_name((enum kv_result)a), "?");
        for (int b = KV_NO_ANSWER; b < a; b++)
            cr_expect_str_neq(kv_result_name((enum kv_result)a),
                              kv_result_name((enum kv_result)b));
    }
    cr_expect_str_eq(kv_result_name((enum kv_result)99), "?");
}
