#include "client.h"

#include <criterion/criterion.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_MS 30000L
#define ANSWER_MAX_BYTES (1024UL * 1024)

static size_t keep(char *bytes, size_t size, size_t count, void *userdata)
{
    struct buffer *buffer = userdata;

    return buffer_append(buffer, bytes, size * count) ? size * count : 0;
}

static struct curl_slist *headers_of(const struct request *request)
{
    struct curl_slist *list = NULL;
    char line[256];

    list = curl_slist_append(list, "Content-Type: application/json");
    if (request->key) {
        (void)snprintf(line, sizeof(line), "Idempotency-Key: %s", request->key);
        list = curl_slist_append(list, line);
    }
    if (request->dialect) {
        (void)snprintf(line, sizeof(line), "Local-Event: %s", request->dialect);
        list = curl_slist_append(list, line);
    }
    if (request->field)
        list = curl_slist_append(list, request->field);
    return list;
}

static CURL *prepare(const struct request *request, struct curl_slist *headers,
                     struct answer *answer)
{
    CURL *easy = curl_easy_init();

    cr_assert(easy);
    buffer_init(&answer->headers, ANSWER_MAX_BYTES);
    buffer_init(&answer->body, ANSWER_MAX_BYTES);
    answer->status = 0;
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer->body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &answer->headers);
    if (request->body)
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
    if (request->method)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    return easy;
}

static void finish(CURL *easy, struct answer *answer)
{
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    curl_easy_cleanup(easy);
}

struct answer client_send(const struct request *request)
{
    struct answer answer;
    struct curl_slist *headers = headers_of(request);
    CURL *easy = prepare(request, headers, &answer);

    curl_easy_perform(easy);
    finish(easy, &answer);
    curl_slist_free_all(headers);
    return answer;
}

static void perform_all(CURLM *multi)
{
    int running = 1;

    while (running) {
        cr_assert_eq(curl_multi_perform(multi, &running), CURLM_OK);
        if (running)
            cr_assert_eq(curl_multi_poll(multi, NULL, 0, 100, NULL), CURLM_OK);
    }
}

void client_rush(size_t count,
                 void (*make)(size_t i, struct request *request, void *state),
                 void *state, struct answer answers[])
{
    CURL **easies = calloc(count, sizeof(CURL *));
    struct curl_slist **headers = calloc(count, sizeof(struct curl_slist *));
    CURLM *multi = curl_multi_init();

    cr_assert(easies && headers && multi);
    for (size_t i = 0; i < count; i++) {
        struct request request = {0};

        make(i, &request, state);
        headers[i] = headers_of(&request);
        easies[i] = prepare(&request, headers[i], &answers[i]);
        curl_multi_add_handle(multi, easies[i]);
    }
    perform_all(multi);
    for (size_t i = 0; i < count; i++) {
        curl_multi_remove_handle(multi, easies[i]);
        finish(easies[i], &answers[i]);
        curl_slist_free_all(headers[i]);
    }
    curl_multi_cleanup(multi);
    free(easies);
    free(headers);
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

int client_start(const struct request *request)
{
    int pid = fork();

    cr_assert(pid >= 0);
    if (pid == 0) {
        struct answer answer = client_send(request);

        _exit(answer.status / 10);
    }
    return pid;
}

int client_wait(int pid)
{
    int status = 0;

    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status) * 10;
}
