/* Every kind of answer of the store, told apart. */
#include "wire/kv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "count.h"

#define SECRET "kv-s3cret"

static struct kv_replies replies;
static struct error err;

/* Judge an answer to COUNT commands. */
static enum kv_result judge(size_t count, int status, const char *body)
{
    struct json_document doc = {0};
    const struct kv_response response = {.count = count,
                                         .status = status,
                                         .body = slice_of(body),
                                         .token = slice_of(SECRET),
                                         .document = &doc};
    enum kv_result result;

    replies = (struct kv_replies){0};
    err = (struct error){0};
    result = kv_judge(&response, &replies, &err);
    json_release(&doc);
    cr_expect(!strstr(err.text, SECRET), "%s", err.text);
    return result;
}

/* ---- answers to one command ---- */

static const struct {
    const char *body;
    enum kv_type type;
    const char *text;
    int64_t integer;
} replies_table[] = {
    {"{\"result\":null}", KV_NULL, "", 0},
    {"{\"result\":\"OK\"}", KV_STRING, "OK", 0},
    {"{\"result\":\"\"}", KV_STRING, "", 0},
    {"{\"result\":\"7\"}", KV_STRING, "7", 0},
    {"{\"result\":7}", KV_INTEGER, "", 7},
    {"{\"result\":-1}", KV_INTEGER, "", -1},
    {"{\"result\":0}", KV_INTEGER, "", 0},
    {"{\"result\":9007199254740991}", KV_INTEGER, "", JSON_INTEGER_MAX},
    {"{\"result\":9007199254740992}", KV_OTHER, "", 0},
    {"{\"result\":1.5}", KV_OTHER, "", 0},
    {"{\"result\":true}", KV_OTHER, "", 0},
    {"{\"result\":[1,2]}", KV_OTHER, "", 0},
    {"{\"result\":{}}", KV_OTHER, "", 0},
    {"{\"error\":\"ERR syntax error\"}", KV_ERROR, "ERR syntax error", 0},
    {"{\"error\":\"\"}", KV_ERROR, "", 0},
    {"{\"error\":\"ERR x\",\"result\":\"OK\"}", KV_ERROR, "ERR x", 0},
    {"{\"error\":null,\"result\":\"OK\"}", KV_STRING, "OK", 0},
};

Test(kv_answers, each_kind_of_reply_is_told_apart)
{
    for (size_t i = 0; i < COUNT(replies_table); i++) {
        const struct kv_reply *reply = &replies.list[0];

        cr_expect_eq(judge(1, 200, replies_table[i].body), KV_ANSWERED, "%s",
                     replies_table[i].body);
        cr_expect_eq(reply->type, replies_table[i].type, "%s",
                     replies_table[i].body);
        cr_expect_str_eq(reply->text, replies_table[i].text);
        cr_expect_eq(reply->integer, replies_table[i].integer);
    }
}

/* Arrays hold strings and nulls, as MGET replies them, and not many. */
static const struct {
    const char *array;
    enum kv_type type;
    int64_t count;
    const char *elements[KV_ELEMENTS_MAX]; /* NULL: a null */
} arrays[] = {
    {"[]", KV_ARRAY, 0, {NULL}},
    {"[null]", KV_ARRAY, 1, {NULL}},
    {"[\"a\",null]", KV_ARRAY, 2, {"a", NULL}},
    {"[null,\"\",\"7\"]", KV_ARRAY, 3, {NULL, "", "7"}},
    {"[null,null,null,null]", KV_OTHER, 0, {NULL}},
    {"[\"a\",7]", KV_OTHER, 0, {NULL}},
    {"[\"a\",1.5]", KV_OTHER, 0, {NULL}},
    {"[true]", KV_OTHER, 0, {NULL}},
    {"[[\"a\"]]", KV_OTHER, 0, {NULL}},
    {"[{}]", KV_OTHER, 0, {NULL}},
};

/* The reply to the last of COUNT commands is the array I. */
static void expect_array(size_t count, size_t i)
{
    const struct kv_reply *last = &replies.list[count - 1];
    char body[128];

    (void)snprintf(body, sizeof(body),
                   count == 1 ? "{\"result\":%s}"
                              : "[{\"result\":7},{\"result\":%s}]",
                   arrays[i].array);
    cr_expect_eq(judge(count, 200, body), KV_ANSWERED, "%s", body);
    cr_expect_eq(last->type, arrays[i].type, "%s", body);
    cr_expect_eq(last->integer, arrays[i].count, "%s", body);
    for (int64_t j = 0; j < arrays[i].count; j++) {
        const char *text = arrays[i].elements[j];

        cr_expect_eq(replies.elements[j].type, text ? KV_STRING : KV_NULL);
        cr_expect_str_eq(replies.elements[j].text, text ? text : "");
    }
}

Test(kv_answers, an_array_has_strings_and_nulls_and_not_too_many)
{
    for (size_t i = 0; i < COUNT(arrays); i++) {
        expect_array(1, i);
        expect_array(2, i);
    }
}

Test(kv_answers, a_long_text_is_cut)
{
    char body[KV_TEXT_MAX + 100];

    (void)snprintf(body, sizeof(body), "{\"result\":\"%0*d\"}", KV_TEXT_MAX, 0);
    cr_expect_eq(judge(1, 200, body), KV_ANSWERED);
    cr_expect_eq(strlen(replies.list[0].text), KV_TEXT_MAX - 1U);
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
        cr_expect_eq(judge(1, answers[i].status, answers[i].body),
                     answers[i].result, "%d %s", answers[i].status,
                     answers[i].body);
        cr_expect(strstr(err.text, answers[i].words), "%d %s: %s",
                  answers[i].status, answers[i].body, err.text);
    }
}

Test(kv_answers, a_command_that_failed_is_an_answer_to_it)
{
    cr_expect_eq(judge(1, 400, "{\"error\":\"ERR wrong type\"}"), KV_ANSWERED);
    cr_expect_eq(replies.list[0].type, KV_ERROR);
    cr_expect_str_eq(replies.list[0].text, "ERR wrong type");
}

Test(kv_answers, a_refused_command_is_told_in_the_stores_own_words)
{
    cr_expect_eq(judge(1, 400, "{\"error\":\"NOPERM no\"}"), KV_UNAUTHORIZED);
    cr_expect_eq(replies.list[0].type, KV_ERROR);
    cr_expect_str_eq(replies.list[0].text, "NOPERM no");
}

/* ---- answers to several commands ---- */

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
        cr_expect_eq(judge(2, lists[i].status, lists[i].body), lists[i].result,
                     "%d %s", lists[i].status, lists[i].body);
        cr_expect_eq(replies.list[2].type, KV_NULL);
    }
}

/* ---- our token ---- */

/* Whole requests, single commands and commands of a transaction that failed. */
static const struct {
    size_t count;
    int status;
    const char *body;
} repeating[] = {
    {1, 401, "{\"error\":\"WRONGPASS not " SECRET "\"}"},
    {1, 400, "{\"error\":\"ERR got Authorization: Bearer " SECRET "\"}"},
    {2, 200, "[{\"result\":\"OK\"},{\"error\":\"ERR " SECRET "\"}]"},
};

Test(kv_answers, an_error_that_repeats_our_token_is_told_without_it)
{
    for (size_t i = 0; i < COUNT(repeating); i++) {
        const struct kv_reply *last = &replies.list[repeating[i].count - 1];

        (void)judge(repeating[i].count, repeating[i].status, repeating[i].body);
        cr_expect(strstr(last->text, "***"), "%s", last->text);
        cr_expect(!strstr(last->text, SECRET), "%s", last->text);
    }
}
