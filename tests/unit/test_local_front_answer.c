/* Answers of a function as JSON, read in one dialect or in all of them. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "platform/front_event.h"

static const char *const dialects[] = {"apigw2", "apigw1", "alb", "alb-multi",
                                       "vercel"};

static const struct {
    const char *dialect; /* NULL: all of them */
    const char *text;
    int status; /* 0: rejected */
    const char *body;
} answers[] = {
    {NULL, "{\"statusCode\":200}", 200, ""},
    {NULL, "{\"statusCode\":200,\"body\":null}", 200, ""},
    {NULL, "{\"statusCode\":200,\"body\":\"x\",\"headers\":null}", 200, "x"},
    {NULL, "{\"statusCode\":99}", 0, NULL},
    {NULL, "{\"statusCode\":600}", 0, NULL},
    {NULL, "{\"statusCode\":\"200\"}", 0, NULL},
    {NULL, "{\"statusCode\":200,\"body\":{}}", 0, NULL},
    {NULL, "{\"statusCode\":200", 0, NULL},
    /* Without a status it is the body, or nothing at all. */
    {"apigw2", "{\"sold\":true}", 200, "{\"sold\":true}"},
    {"apigw2", "\"sold\"", 200, "\"sold\""},
    {"apigw1", "{\"sold\":true}", 0, NULL},
    {"alb", "{\"sold\":true}", 0, NULL},
    {"vercel", "{\"sold\":true}", 0, NULL},
    {"apigw2", "{\"statusCode\":200,\"cookies\":[1]}", 0, NULL},
    {"apigw1", "{\"statusCode\":200,\"headers\":[\"a\"]}", 0, NULL},
    {"apigw1",
     "{\"statusCode\":200,\"body\":\"YQ==\",\"isBase64Encoded\":true}", 200,
     "a"},
    {"apigw1", "{\"statusCode\":200,\"body\":\"?\",\"isBase64Encoded\":true}",
     0, NULL},
    {"alb", "{\"statusCode\":404,\"statusDescription\":\"404 Not Found\"}", 404,
     ""},
    {"alb", "{\"statusCode\":404,\"statusDescription\":\"409 Conflict\"}", 0,
     NULL},
    {"alb", "{\"statusCode\":404,\"statusDescription\":\"404\"}", 0, NULL},
    {"vercel", "{\"statusCode\":200,\"body\":\"YQ==\",\"encoding\":\"base64\"}",
     200, "a"},
};

static void expect_answer(size_t row, const char *dialect)
{
    struct front_answer answer;
    struct error err = {0};
    bool good = front_answer_read(front_dialect_find(dialect),
                                  slice_of(answers[row].text), &answer, &err);

    cr_expect_eq(good, answers[row].status != 0, "%s: %s", dialect,
                 answers[row].text);
    cr_expect_eq(good, err.text[0] == '\0', "%s", err.text);
    if (good && answers[row].body) {
        cr_expect_eq(answer.status, answers[row].status);
        cr_expect_eq(answer.body.len, strlen(answers[row].body));
        cr_expect_arr_eq(answer.body.data ? answer.body.data : "",
                         answers[row].body, answer.body.len);
    }
    front_answer_release(&answer);
}

Test(local_front_answer, what_a_gateway_would_not_understand_is_no_answer)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        if (answers[i].dialect)
            expect_answer(i, answers[i].dialect);
        for (size_t j = 0; !answers[i].dialect && j < COUNT(dialects); j++)
            expect_answer(i, dialects[j]);
    }
}

Test(local_front_answer, of_two_places_for_a_header_the_list_counts)
{
    static const char text[] =
        "{\"statusCode\":200,\"headers\":{\"A\":\"1\",\"B\":\"2\"},"
        "\"multiValueHeaders\":{\"a\":[\"3\",\"4\"]}}";
    struct front_answer answer;
    struct error err;

    cr_assert(front_answer_read(front_dialect_find("apigw1"), slice_of(text),
                                &answer, &err));
    cr_expect_eq(answer.headers.count, 3U);
    cr_expect_str_eq(pairs_get(&answer.headers, "a"), "3");
    cr_expect_str_eq(pairs_get(&answer.headers, "b"), "2");
    front_answer_release(&answer);
}

Test(local_front_answer, an_answer_that_is_too_long_is_none)
{
    const struct front_dialect *alb = front_dialect_find("alb");
    size_t len = alb->max_answer_bytes + 1;
    char *text = malloc(len);
    struct front_answer answer;
    struct error err;

    cr_assert(text);
    memset(text, ' ', len);
    memcpy(text, "{\"statusCode\":200}", 18);
    cr_expect(
        !front_answer_read(alb, (struct slice){text, len}, &answer, &err));
    front_answer_release(&answer);
    cr_expect(
        front_answer_read(alb, (struct slice){text, len - 1}, &answer, &err));
    front_answer_release(&answer);
    free(text);
}
