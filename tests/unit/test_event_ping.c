/* Events that ask for nothing. */
#include <criterion/criterion.h>

#include "fixture.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const pings[] = {
    "{}",
    "{\"source\":\"serverless-plugin-warmup\"}",
    "{\"version\":\"0\",\"id\":\"i\",\"detail-type\":\"Scheduled Event\","
    "\"source\":\"aws.events\",\"resources\":[\"arn\"],\"detail\":{}}",
    "{\"version\":\"0\",\"detail-type\":\"Scheduled Event\",\"source\":"
    "\"aws.scheduler\",\"detail\":\"{}\"}",
    "{\"source\":\"shop\",\"detail-type\":\"Order\",\"detail\":{\"a\":1}}",
    "{\"source\":\"aws.events\"}",
    "{\"source\":\"aws.cloudwatch\",\"alarmArn\":\"arn\"}",
    "{\"detail-type\":\"a\",\"source\":\"b\",\"detail\":"
    "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}",
    "{\"health\":true}",
    "{\"warmer\":true,\"concurrency\":3}",
    "{\"ping\":1}",
    "{\"ping\":null}",
    "{\"warmup\":true}",
    "{\"id\":1,\"Keep-Alive\":true}",
    "{\"keep_warm\":\"yes\"}",
    "{\"type\":\"WarmUp\"}",
    "{\"action\":\"health-check\"}",
    "{\"event\":\"heartbeat\"}",
};

Test(event_ping, what_only_keeps_an_instance_warm_is_a_ping)
{
    for (size_t i = 0; i < COUNT(pings); i++) {
        struct fixture f;
        struct message_response res;
        const struct json *answer;
        int64_t status = 0;

        message_response_init(&res, 100);
        res.status = 200;
        cr_expect(!fixture_open_text(&f, pings[i]));
        cr_assert_eq(event_read(&f.event, &f.text, &f.request, &f.err),
                     EVENT_PING, "%s: %s", pings[i], f.err.text);
        cr_expect_null(f.request.method.at);
        answer = fixture_answer(&f, &res);
        cr_expect(json_integer(json_get(answer, "statusCode"), &status));
        cr_expect_eq(status, 200);
        fixture_close(&f);
        message_response_release(&res);
    }
}

/* A request stays one, whatever its members are called besides. */
Test(event_ping, a_request_is_never_a_ping)
{
    struct fixture f;

    cr_expect(fixture_open_text(&f, "{\"httpMethod\":\"POST\",\"path\":\"/\","
                                    "\"source\":\"aws.events\",\"warmer\":1,"
                                    "\"detail-type\":\"x\"}"));
    fixture_close(&f);
}
