/* The emulated Lambda beside the gateways: its API, its variables, a page. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cloud.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define FILE_MAX (64UL * 1024)

Test(lambda, a_browser_sees_the_page_of_a_deployment)
{
    static const struct {
        const char *path, *file, *type;
    } parts[] = {
        {"/", "index.html", "text/html; charset=utf-8"},
        {"/index.html?x=1", "index.html", "text/html; charset=utf-8"},
        {"/page.js", "page.js", "application/javascript; charset=utf-8"},
        {"/style.css", "style.css", "text/css; charset=utf-8"},
    };

    for (size_t i = 0; i < COUNT(parts); i++) {
        struct answer answer =
            client_send(&(struct request){.url = cloud_url(parts[i].path)});
        static char file[FILE_MAX];
        char path[128];
        int fd;
        ssize_t len;

        (void)snprintf(path, sizeof(path), "deploy/vercel/static/%s",
                       parts[i].file);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        len = read(fd, file, sizeof(file));
        close(fd);
        cr_expect_eq(answer.status, 200, "%s", parts[i].path);
        cr_expect_eq((ssize_t)answer.body.len, len);
        cr_expect(len > 0 && !memcmp(answer.body.data, file, (size_t)len));
        cr_expect(strstr(answer.headers.data, parts[i].type), "%s",
                  answer.headers.data);
        cr_expect(strstr(answer.headers.data, "Content-Security-Policy: "));
        client_free(&answer, 1);
    }
}

#define INVOKE(name) "/2015-03-31/functions/" name "/invocations"
#define HEALTH                                                                 \
    "{\"version\":\"2.0\",\"rawPath\":\"/api/health\",\"requestContext\":"     \
    "{\"http\":{\"method\":\"GET\",\"path\":\"/api/health\"}}}"

static const struct {
    int status;
    const char *path, *field, *body, *header, *words;
} invocations[] = {
    {200, INVOKE("bouncer"), NULL, HEALTH, "X-Amz-Executed-Version: $LATEST",
     "{\"statusCode\":200,"},
    {200, INVOKE("bouncer:$LATEST"), NULL, HEALTH, "", "\"statusCode\":200"},
    {200,
     INVOKE("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3A"
            "bouncer"),
     "X-Amz-Invocation-Type: RequestResponse", HEALTH, "",
     "\"statusCode\":200"},
    {200, INVOKE("bouncer"), NULL, "{\"no\":\"such event\"}",
     "X-Amz-Function-Error: Unhandled", "\"errorType\":"},
    {202, INVOKE("bouncer"), "X-Amz-Invocation-Type: Event", HEALTH,
     "X-Amzn-RequestId: ", ""},
    {204, INVOKE("bouncer"), "X-Amz-Invocation-Type: DryRun", HEALTH, "", ""},
    {400, INVOKE("bouncer"), "X-Amz-Invocation-Type: Tea", HEALTH,
     "InvalidParameterValueException", ""},
    {400, INVOKE("bouncer"), NULL, "{", "InvalidRequestContentException", ""},
    {404, INVOKE("other"), NULL, HEALTH, "ResourceNotFoundException", "other"},
    {404, INVOKE("bouncer") "?Qualifier=7", NULL, HEALTH,
     "ResourceNotFoundException", ""},
};

Test(lambda, the_function_can_be_invoked_as_lambda_has_it)
{
    cloud_reset();
    for (size_t i = 0; i < COUNT(invocations); i++) {
        struct answer answer =
            client_send(&(struct request){.url = cloud_url(invocations[i].path),
                                          .body = invocations[i].body,
                                          .field = invocations[i].field});

        cr_expect_eq(answer.status, invocations[i].status, "%zu: %d", i,
                     answer.status);
        cr_expect(strstr(answer.headers.data, invocations[i].header), "%zu: %s",
                  i, answer.headers.data);
        cr_expect(invocations[i].words[0] == '\0' ||
                      client_said(&answer, invocations[i].words),
                  "%zu: %s", i, answer.body.data);
        client_free(&answer, 1);
    }
}

Test(lambda, an_event_that_nobody_waits_for_is_carried_out)
{
    const long long before = cloud_counter("invocations");
    struct answer answer =
        client_send(&(struct request){.url = cloud_url(INVOKE("bouncer")),
                                      .body = HEALTH,
                                      .field = "X-Amz-Invocation-Type: Event"});

    client_free(&answer, 1);
    CLOUD_WAIT_FOR(cloud_counter("invocations") == before + 1);
}

Test(lambda, an_invocation_has_the_limits_of_its_kind)
{
    static char body[7000000];
    static const struct {
        size_t len;
        const char *field;
        int status;
    } sizes[] = {
        {6291457, NULL, 413},
        {1048577, "X-Amz-Invocation-Type: Event", 413},
        {1048576, "X-Amz-Invocation-Type: Event", 202},
    };

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct answer answer;

        memset(body, ' ', sizes[i].len);
        memcpy(body, HEALTH, strlen(HEALTH));
        body[sizes[i].len] = '\0';
        answer =
            client_send(&(struct request){.url = cloud_url(INVOKE("bouncer")),
                                          .body = body,
                                          .field = sizes[i].field});
        cr_expect_eq(answer.status, sizes[i].status, "%zu: %d", i,
                     answer.status);
        client_free(&answer, 1);
    }
}

Test(lambda, the_function_has_the_environment_that_lambda_defines)
{
    static const char *const names[] = {
        "_HANDLER=",
        "AWS_ACCESS_KEY_ID=",
        "AWS_DEFAULT_REGION=us-east-1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
        "AWS_LAMBDA_FUNCTION_NAME=bouncer",
        "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/bouncer",
        "AWS_LAMBDA_LOG_STREAM_NAME=20",
        "AWS_LAMBDA_RUNTIME_API=127.",
        "AWS_REGION=us-east-1",
        "AWS_SECRET_ACCESS_KEY=",
        "AWS_SESSION_TOKEN=",
        "AWS_XRAY_CONTEXT_MISSING=",
        "AWS_XRAY_DAEMON_ADDRESS=",
        "LAMBDA_RUNTIME_DIR=",
        "LAMBDA_TASK_ROOT=/",
        "LANG=en_US.UTF-8",
        "PATH=",
        "TZ=:UTC",
    };
    static char vars[FILE_MAX];
    char path[64];
    ssize_t len;
    int fd;

    CLOUD_WAIT_FOR(cloud_pid("idle") != 0);
    (void)snprintf(path, sizeof(path), "/proc/%d/environ", cloud_pid("idle"));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    len = read(fd, vars + 1, sizeof(vars) - 1);
    close(fd);
    cr_assert_gt(len, 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        char want[64] = "";

        memcpy(want + 1, names[i], strlen(names[i]));
        cr_expect(memmem(vars, (size_t)len + 1, want, strlen(names[i]) + 1),
                  "no %s", names[i]);
    }
}
