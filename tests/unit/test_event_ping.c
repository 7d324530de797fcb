/* Events that ask for nothing. */
#include <criterion/criterion.h>

#include "count.h"
#include "fixture.h"

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
        cr_expect(!fixture_open_text(pings[i]));
        cr_assert_eq(event_read(&fixture.event, &fixture.text, &fixture.request,
                                &fixture.err),
                     EVENT_PING, "%s: %s", pings[i], fixture.err.text);
        cr_expect_null(fixture.request.method.at);
        fixture.res.status = 200;
        fixture_answer();
        fixture_close();
    }
}

/* A request stays one, whatever its members are called besides. */
Test(event_ping, a_request_is_never_a_ping)
{
    cr_expect(fixture_open_text("{\"httpMethod\":\"POST\",\"path\":\"/\","
                                "\"source\":\"aws.events\",\"warmer\":1,"
                                "\"detail-type\":\"x\"}"));
    fixture_close();
}
