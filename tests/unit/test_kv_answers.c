/* Every kind of answer of the store, told apart. */
#include "wire/kv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "kv_world.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- answers to one command ---- */

static const struct {
    const char *body;
    enum kv_type type;
    const char *text;
    int64_t integer;
} replies_table[] = {
    {"{\"result\":null}", KV_NULL, NULL, 0},
    {"{\"result\":\"OK\"}", KV_STRING, "OK", 0},
    {"{\"result\":\"\"}", KV_STRING, "", 0},
    {"{\"result\":\"7\"}", KV_STRING, "7", 0},
    {"{\"result\":7}", KV_INTEGER, NULL, 7},
    {"{\"result\":-1}", KV_INTEGER, NULL, -1},
    {"{\"result\":0}", KV_INTEGER, NULL, 0},
    {"{\"result\":9007199254740991}", KV_INTEGER, NULL, JSON_INTEGER_MAX},
    {"{\"result\":9007199254740992}", KV_OTHER, NULL, 0},
    {"{\"result\":1.5}", KV_OTHER, NULL, 0},
    {"{\"result\":true}", KV_OTHER, NULL, 0},
    {"{\"result\":[1,2]}", KV_OTHER, NULL, 0},
    {"{\"result\":{}}", KV_OTHER, NULL, 0},
    {"{\"error\":\"ERR syntax error\"}", KV_ERROR, "ERR syntax error", 0},
    {"{\"error\":\"\"}", KV_ERROR, "", 0},
    {"{\"error\":\"ERR x\",\"result\":\"OK\"}", KV_ERROR, "ERR x", 0},
    {"{\"error\":null,\"result\":\"OK\"}", KV_STRING, "OK", 0},
};

Test(kv_answers, each_kind_of_reply_is_told_apart)
{
    for (size_t i = 0; i < COUNT(replies_table); i++) {
        struct kv_world w;
        struct kv_reply reply;

        kv_world_open(&w);
        fake_transport_answer(&w.store, 200, replies_table[i].body);
        cr_expect_eq(kv_world_get(&w, &reply), KV_ANSWERED, "%s",
                     replies_table[i].body);
        cr_expect_eq(reply.type, replies_table[i].type, "%s",
                     replies_table[i].body);
        cr_expect(slice_equal(reply.text, slice_of(replies_table[i].text)));
        if (reply.type == KV_INTEGER)
            cr_expect_eq(reply.integer, replies_table[i].integer);
        kv_world_close(&w);
    }
}

/* Answers to one command that are no reply to it. */
static const struct {
    int status;
    const char *body;
    enum kv_result result;
    const char *words;
} answers[] = {
    {200, "", KV_UNREADABLE, "not JSON"},
    {200, "<html>", KV_UNREADABLE, "not JSON"},
    {200, "{\"result\":\"OK\"", KV_UNREADABLE, "not JSON"},
    {200, "{\"result\":\"\xff\"}", KV_UNREADABLE, "not JSON"},
    {200, "{}", KV_UNREADABLE, "unexpected body"},
    {200, "null", KV_UNREADABLE, "unexpected body"},
    {200, "\"OK\"", KV_UNREADABLE, "unexpected body"},
    {200, "{\"Result\":\"OK\"}", KV_UNREADABLE, "unexpected body"},
    {200, "[{\"result\":\"OK\"}]", KV_UNREADABLE, "unexpected body"},
    {200, "{\"error\":5}", KV_UNREADABLE, "unexpected body"},
    {400, "", KV_UNREADABLE, "status 400"},
    {400, "{\"result\":\"OK\"}", KV_UNREADABLE, "status 400"},
    {405, "{}", KV_UNREADABLE, "status 405"},
    {401, "{\"error\":\"Unauthorized: Invalid auth token\"}", KV_UNAUTHORIZED,
     "the store says: Unauthorized"},
    {401, "", KV_UNAUTHORIZED, "status 401"},
    {401, "<html>", KV_UNAUTHORIZED, "status 401"},
    {401, "{}", KV_UNAUTHORIZED, "status 401"},
    {401, "{\"result\":\"OK\"}", KV_UNAUTHORIZED, "status 401"},
    {400, "{\"error\":\"WRONGPASS invalid or missing auth token\"}",
     KV_UNAUTHORIZED, "WRONGPASS"},
    {200, "{\"error\":\"NOPERM this user has no permissions\"}",
     KV_UNAUTHORIZED, "NOPERM"},
    {400, "{\"error\":\"NOAUTH Authentication required.\"}", KV_UNAUTHORIZED,
     "NOAUTH"},
    {400,
     "{\"error\":\"ERR max requests limit exceeded. Limit: 500000, Usage: "
     "500000. See https://upstash.com/docs for details\"}",
     KV_OVER_QUOTA, "limit exceeded"},
    {400, "{\"error\":\"ERR DB capacity quota exceeded\"}", KV_OVER_QUOTA,
     "quota exceeded"},
    {500, "{\"error\":\"ERR internal\"}", KV_NO_ANSWER, "status 500"},
    {502, "<html>", KV_NO_ANSWER, "status 502"},
    {503, "", KV_NO_ANSWER, "status 503"},
    {504, "{\"result\":\"OK\"}", KV_NO_ANSWER, "status 504"},
    {429, "{\"error\":\"ERR max concurrent connections exceeded\"}",
     KV_OVER_QUOTA, "max concurrent connections"},
    {429, "<html>", KV_OVER_QUOTA, "status 429"},
    {429, "", KV_OVER_QUOTA, "status 429"},
    {503, "{\"error\":\"ERR max requests limit exceeded.\"}", KV_OVER_QUOTA,
     "limit exceeded"},
    {502, "{\"error\":\"WRONGPASS invalid or missing auth token\"}",
     KV_UNAUTHORIZED, "WRONGPASS"},
    {302, "{\"result\":\"OK\"}", KV_NO_ANSWER, "status 302"},
    {201, "{\"result\":\"OK\"}", KV_NO_ANSWER, "status 201"},
    {204, "", KV_NO_ANSWER, "status 204"},
    {404, "{\"error\":\"not found\"}", KV_NO_ANSWER, "status 404"},
    {403, "{\"error\":\"forbidden\"}", KV_UNAUTHORIZED, "forbidden"},
    {403, "<html>", KV_UNAUTHORIZED, "status 403"},
};

Test(kv_answers, each_kind_of_answer_is_told_apart)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct kv_world w;
        struct kv_reply reply;

        kv_world_open(&w);
        fake_transport_answer(&w.store, answers[i].status, answers[i].body);
        cr_expect_eq(kv_world_get(&w, &reply), answers[i].result, "%d %s",
                     answers[i].status, answers[i].body);
        cr_expect(strstr(w.err.text, answers[i].words), "%d %s: %s",
                  answers[i].status, answers[i].body, w.err.text);
        kv_world_close(&w);
    }
}

Test(kv_answers, a_command_that_failed_is_an_answer_to_it)
{
    struct kv_world w;
    struct kv_reply reply;

    kv_world_open(&w);
    fake_transport_answer(&w.store, 400, "{\"error\":\"ERR wrong type\"}");
    cr_expect_eq(kv_world_get(&w, &reply), KV_ANSWERED);
    cr_expect_eq(reply.type, KV_ERROR);
    cr_expect(slice_is(reply.text, "ERR wrong type"));
    kv_world_close(&w);
}

Test(kv_answers, a_refused_command_is_told_in_the_stores_own_words)
{
    struct kv_world w;
    struct kv_reply reply;

    kv_world_open(&w);
    fake_transport_answer(&w.store, 400, "{\"error\":\"NOPERM no\"}");
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    cr_expect_eq(kv_world_get(&w, &reply), KV_UNAUTHORIZED);
    cr_expect_eq(reply.type, KV_ERROR);
    cr_expect(slice_is(reply.text, "NOPERM no"));
    cr_expect_eq(kv_world_get(&w, &reply), KV_NO_ANSWER);
    cr_expect_eq(reply.type, KV_NULL);
    kv_world_close(&w);
}

Test(kv_answers, no_answer_and_not_sent_are_different_things)
{
    struct kv_world w;
    struct kv_reply reply;

    kv_world_open(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    fake_transport_fail(&w.store, TRANSPORT_NOT_SENT);
    cr_expect_eq(kv_world_get(&w, &reply), KV_NO_ANSWER);
    cr_expect_eq(kv_world_get(&w, &reply), KV_NOT_SENT);
    cr_expect_str_eq(w.err.text, "scripted failure");
    kv_world_close(&w);
}

/* ---- answers to several commands ---- */

static enum kv_result ask_two(struct kv_world *w, bool atomic,
                              struct kv_reply replies[])
{
    const struct kv_command commands[] = {KV_COMMAND("INCR", "f"),
                                          KV_COMMAND("GET", "k")};

    if (atomic)
        return kv_multi_exec(&w->kv, commands, 2, 500, replies, &w->err);
    return kv_pipeline(&w->kv, commands, 2, 500, replies, &w->err);
}

static const struct {
    int status;
    const char *body;
    enum kv_result result;
} lists[] = {
    {200, "[{\"result\":1},{\"result\":null}]", KV_ANSWERED},
    {200, "[{\"error\":\"NOPERM\"},{\"error\":\"ERR\"}]", KV_ANSWERED},
    {200, "[]", KV_UNREADABLE},
    {200, "[{\"result\":1}]", KV_UNREADABLE},
    {200, "[{\"result\":1},{\"result\":2},{\"result\":3}]", KV_UNREADABLE},
    {200, "[{\"result\":1},{}]", KV_UNREADABLE},
    {200, "[{\"result\":1},null]", KV_UNREADABLE},
    {200, "[1,2]", KV_UNREADABLE},
    {200, "{\"result\":[1,2]}", KV_UNREADABLE},
    {200, "{\"a\":{\"result\":1},\"b\":{\"result\":2}}", KV_UNREADABLE},
    {200, "{\"error\":\"EXECABORT Transaction discarded\"}", KV_FAILED},
    {400, "{\"error\":\"ERR syntax error\"}", KV_FAILED},
    {405, "{\"error\":\"method not allowed\"}", KV_FAILED},
    {400, "[{\"result\":1},{\"result\":2}]", KV_UNREADABLE},
    {401, "[{\"result\":1},{\"result\":2}]", KV_UNAUTHORIZED},
    {400, "{\"error\":\"WRONGPASS\"}", KV_UNAUTHORIZED},
    {400, "{\"error\":\"ERR max requests limit exceeded.\"}", KV_OVER_QUOTA},
    {429, "[{\"result\":1},{\"result\":2}]", KV_OVER_QUOTA},
    {500, "[{\"result\":1},{\"result\":2}]", KV_NO_ANSWER},
};

Test(kv_answers, each_kind_of_answer_to_several_commands_is_told_apart)
{
    for (size_t i = 0; i < COUNT(lists); i++) {
        for (int atomic = 0; atomic < 2; atomic++) {
            struct kv_world w;
            /* One more than is asked for, which has to stay. */
            struct kv_reply replies[3] = {[2] = {.type = KV_OTHER}};

            kv_world_open(&w);
            fake_transport_answer(&w.store, lists[i].status, lists[i].body);
            cr_expect_eq(ask_two(&w, atomic, replies), lists[i].result, "%d %s",
                         lists[i].status, lists[i].body);
            cr_expect_eq(replies[2].type, KV_OTHER);
            kv_world_close(&w);
        }
    }
}
