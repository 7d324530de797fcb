/*
 * A rush needs no loop over events: all connections are open before the first
 * request is sent, and an answer waits in its socket until it is read.
 */
#include "client.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "loopback.h"

#define ANSWER_MAX_BYTES (1024UL * 1024)

static void add_field(char *fields, size_t size, const char *name,
                      const char *value)
{
    size_t len = strlen(fields);

    if (value)
        (void)snprintf(fields + len, size - len, "%s%s\r\n", name, value);
}

static void start_on(int fd, const struct request *request)
{
    char fields[512] = "";

    cr_assert_geq(fd, 0, "%s cannot be reached", request->url);
    add_field(fields, sizeof(fields), "Idempotency-Key: ", request->key);
    add_field(fields, sizeof(fields), "Local-Event: ", request->dialect);
    add_field(fields, sizeof(fields), "", request->field);
    (void)ask_send(fd, &(struct ask_request){.method = request->method,
                                             .url = request->url,
                                             .body = request->body,
                                             .fields = fields});
}

static struct answer finish(int fd)
{
    char *text = malloc(ANSWER_MAX_BYTES);
    struct answer answer = {.status = 0};
    ssize_t len;

    cr_assert(text);
    len = loopback_read(fd, text, ANSWER_MAX_BYTES);
    close(fd);
    buffer_init(&answer.headers, ANSWER_MAX_BYTES);
    buffer_init(&answer.body, ANSWER_MAX_BYTES);
    if (len > 0) {
        const char *body = ask_body(text);

        answer.status = loopback_status(text);
        cr_assert(
            buffer_append(&answer.headers, text, (size_t)(body - text)) &&
            buffer_append(&answer.body, body, (size_t)(text + len - body)));
    }
    free(text);
    return answer;
}

int client_start(const struct request *request)
{
    int fd = loopback_connect(request->url, ASK_TIMEOUT_S);

    start_on(fd, request);
    return fd;
}

struct answer client_send(const struct request *request)
{
    return finish(client_start(request));
}

int client_wait(int started)
{
    struct answer answer = finish(started);

    client_free(&answer, 1);
    return answer.status;
}

void client_rush(size_t count,
                 void (*make)(size_t i, struct request *request, void *state),
                 void *state, struct answer answers[])
{
    struct request *requests = calloc(count, sizeof(requests[0]));
    int *fds = calloc(count, sizeof(fds[0]));

    cr_assert(requests && fds);
    for (size_t i = 0; i < count; i++) {
        make(i, &requests[i], state);
        fds[i] = loopback_connect(requests[i].url, ASK_TIMEOUT_S);
    }
    for (size_t i = 0; i < count; i++)
        start_on(fds[i], &requests[i]);
    for (size_t i = 0; i < count; i++)
        answers[i] = finish(fds[i]);
    free(requests);
    free(fds);
}

void client_free(struct answer answers[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_release(&answers[i].headers);
        buffer_release(&answers[i].body);
    }
}

size_t client_count(const struct answer answers[], size_t count, int status)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += answers[i].status == status;
    return found;
}

bool client_said(const struct answer *answer, const char *words)
{
    return answer->body.data && strstr(answer->body.data, words);
}
