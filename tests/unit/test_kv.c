#include "wire/kv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "kv_world.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- requests ---- */

Test(kv, a_command_is_a_post_of_a_json_array_with_the_token_in_a_header)
{
    struct kv_world w;
    struct kv_reply reply;

    kv_world_open(&w);
    fake_transport_answer(&w.store, 200, "{\"result\":\"OK\"}");
    cr_expect_eq(
        kv_command(&w.kv, &KV_COMMAND("SET", "k\"\n\xc3\xbc", "v", "EX", "10"),
                   500, &reply, &w.err),
        KV_ANSWERED);
    cr_expect_str_eq(w.store.requests[0].method, "POST");
    cr_expect_str_eq(w.store.requests[0].url, "https://kv.example/base/");
    cr_expect_str_eq(w.store.requests[0].headers,
                     "Authorization: Bearer " KV_WORLD_SECRET "\n"
                     "Content-Type: application/json\n");
    cr_expect_str_eq(w.store.requests[0].body,
                     "[\"SET\",\"k\\\"\\n\xc3\xbc\",\"v\",\"EX\",10]");
    cr_expect_eq(w.store.requests[0].timeout_ms, 500);
    kv_world_close(&w);
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
        struct kv_world w;
        struct kv_reply reply;
        char body[128];

        kv_world_open(&w);
        fake_transport_answer(&w.store, 200, "{\"result\":1}");
        cr_expect_eq(kv_command(&w.kv,
                                &KV_COMMAND("INCRBY", "k", numbers[i].argument),
                                500, &reply, &w.err),
                     KV_ANSWERED);
        (void)snprintf(body, sizeof(body), "[\"INCRBY\",\"k\",%s]",
                       numbers[i].written);
        cr_expect_str_eq(w.store.requests[0].body, body);
        kv_world_close(&w);
    }
}

static enum kv_result ask_two(struct kv_world *w, bool atomic,
                              struct kv_reply replies[])
{
    const struct kv_command commands[] = {KV_COMMAND("INCR", "f"),
                                          KV_COMMAND("GET", "k")};

    if (atomic)
        return kv_multi_exec(&w->kv, commands, 2, 500, replies, &w->err);
    return kv_pipeline(&w->kv, commands, 2, 500, replies, &w->err);
}

Test(kv, several_commands_go_in_one_request)
{
    for (int atomic = 0; atomic < 2; atomic++) {
        struct kv_world w;
        struct kv_reply replies[2];

        kv_world_open(&w);
        fake_transport_answer(&w.store, 200,
                              "[{\"result\":7},{\"error\":\"ERR no\"}]");
        cr_expect_eq(ask_two(&w, atomic, replies), KV_ANSWERED);
        cr_expect_str_eq(w.store.requests[0].url,
                         atomic ? "https://kv.example/base/multi-exec"
                                : "https://kv.example/base/pipeline");
        cr_expect_str_eq(w.store.requests[0].body,
                         "[[\"INCR\",\"f\"],[\"GET\",\"k\"]]");
        cr_expect_eq(replies[0].type, KV_INTEGER);
        cr_expect_eq(replies[0].integer, 7);
        cr_expect_eq(replies[1].type, KV_ERROR);
        cr_expect(slice_is(replies[1].text, "ERR no"));
        kv_world_close(&w);
    }
}

Test(kv, requests_follow_each_other_on_the_same_url)
{
    struct kv_world w;
    struct kv_reply replies[2];

    kv_world_open(&w);
    fake_transport_answer(&w.store, 200, "[{\"result\":1},{\"result\":null}]");
    fake_transport_answer(&w.store, 200, "{\"result\":null}");
    cr_expect_eq(ask_two(&w, true, replies), KV_ANSWERED);
    cr_expect_eq(kv_world_get(&w, replies), KV_ANSWERED);
    cr_expect_str_eq(w.store.requests[1].url, "https://kv.example/base/");
    cr_expect_str_eq(w.store.requests[1].body, "[\"GET\",\"k\"]");
    kv_world_close(&w);
}

Test(kv, a_command_past_the_limit_is_not_sent)
{
    static char value[20000];
    struct kv_world w;
    struct kv_reply reply;

    memset(value, 'x', sizeof(value) - 1);
    kv_world_open(&w);
    cr_expect_eq(
        kv_command(&w.kv, &KV_COMMAND("SET", "k", value), 500, &reply, &w.err),
        KV_NOT_SENT);
    cr_expect_str_eq(w.err.text, "the command is too long");
    kv_world_close(&w);
}

Test(kv, what_is_too_long_for_a_url_or_a_header_is_refused_at_the_start)
{
    static char text[9000];
    struct fake_transport store = {0};
    struct kv kv;
    struct error err;

    memset(text, 'x', sizeof(text) - 1);
    cr_expect(!kv_init(&kv,
                       &(struct kv_options){.transport = &store.transport,
                                            .url = text,
                                            .token = KV_WORLD_SECRET},
                       &err));
    cr_expect(!kv_init(&kv,
                       &(struct kv_options){.transport = &store.transport,
                                            .url = "https://kv.example",
                                            .token = text},
                       &err));
    cr_expect_str_eq(err.text, "URL or token too long");
}

Test(kv, how_often_a_request_went_out_is_known)
{
    struct kv_world w;
    struct kv_reply reply;

    kv_world_open(&w);
    fake_transport_answer(&w.store, 200, "{\"result\":null}")->sends = 2;
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    cr_expect_eq(kv_world_get(&w, &reply), KV_ANSWERED);
    cr_expect_eq(w.kv.sends, 2);
    cr_expect_eq(kv_world_get(&w, &reply), KV_NO_ANSWER);
    cr_expect_eq(w.kv.sends, 0);
    kv_world_close(&w);
}

/* ---- words ---- */

Test(kv, an_explanation_leaves_out_the_arguments_that_redis_echoes)
{
    struct error err;
    char text[600];

    kv_explain(&err, slice_of("ERR unknown command 'delex', with args "
                              "beginning with: 'lock:a' 't0ken' "));
    cr_expect_str_eq(err.text, "the store says: ERR unknown command 'delex'");
    kv_explain(&err, (struct slice){0});
    cr_expect_str_eq(err.text, "the store says: ");
    memset(text, 'x', sizeof(text));
    kv_explain(&err, (struct slice){text, sizeof(text)});
    cr_expect_eq(strlen(err.text), strlen("the store says: ") + 200);
}

Test(kv, the_kind_of_an_error_is_told_by_its_beginning)
{
    cr_expect_eq(kv_error_kind(slice_of("NOPERM x")), KV_UNAUTHORIZED);
    cr_expect_eq(kv_error_kind(slice_of("ERR NOPERM x")), KV_FAILED);
    cr_expect_eq(kv_error_kind(slice_of("NOPER")), KV_FAILED);
    cr_expect_eq(kv_error_kind((struct slice){0}), KV_FAILED);
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

/* Whole requests, single commands and commands of a transaction that failed. */
static const struct {
    int status;
    const char *body;
} repeating[] = {
    {401, "{\"error\":\"WRONGPASS not " KV_WORLD_SECRET "\"}"},
    {400, "{\"error\":\"ERR got Authorization: Bearer " KV_WORLD_SECRET "\"}"},
    {200, "[{\"result\":\"OK\"},{\"error\":\"ERR " KV_WORLD_SECRET "\"}]"},
};

Test(kv, an_error_that_repeats_our_token_is_told_without_it)
{
    const struct kv_command get[] = {KV_COMMAND("GET", "k"),
                                     KV_COMMAND("GET", "k")};

    for (size_t i = 0; i < COUNT(repeating); i++) {
        struct kv_world w;
        struct kv_reply replies[2] = {0};
        enum kv_result result;

        kv_world_open(&w);
        fake_transport_answer(&w.store, repeating[i].status, repeating[i].body);
        result = i == 2 ? kv_multi_exec(&w.kv, get, 2, 800, replies, &w.err)
                        : kv_command(&w.kv, get, 800, replies, &w.err);
        if (result == KV_ANSWERED)
            kv_explain(&w.err, replies[i == 2].text);
        cr_expect_not_null(strstr(w.err.text, "***"), "%s", w.err.text);
        kv_world_close(&w);
    }
}
