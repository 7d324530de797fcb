#include "control_client.h"

#include <curl/curl.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/json.h"

#define TIMEOUT_MS 60000L
#define ANSWER_MAX_BYTES (8UL * 1024 * 1024)

static const struct json_limits limits = {
    .max_bytes = ANSWER_MAX_BYTES, .max_depth = 8, .max_values = 1000000};

static size_t keep(char *bytes, size_t size, size_t count, void *userdata)
{
    struct buffer *buffer = userdata;

    return buffer_append(buffer, bytes, size * count) ? size * count : 0;
}

/* GET, or POST where BODY is there; the answer is ANSWER. */
static bool ask(const char *url, const char *path, const char *body,
                struct buffer *answer, struct error *err)
{
    CURL *easy = curl_easy_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;
    long status = 0;
    char whole[512];

    (void)snprintf(whole, sizeof(whole), "%s%s", url, path);
    if (easy != NULL) {
        curl_easy_setopt(easy, CURLOPT_URL, whole);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
        if (body != NULL)
            curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        code = curl_easy_perform(easy);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_cleanup(easy);
    }
    if (code == CURLE_OK && status == 200)
        return true;
    if (code == CURLE_OK)
        error_set(err, "%s: status %ld: %.*s", whole, status, (int)answer->len,
                  answer->len > 0 ? answer->data : "");
    else
        error_set(err, "%s: %s", whole, curl_easy_strerror(code));
    return false;
}

static bool read_json(const char *url, const char *path,
                      struct json_document *doc, struct error *err)
{
    struct buffer answer;
    bool good;

    buffer_init(&answer, ANSWER_MAX_BYTES);
    good = ask(url, path, NULL, &answer, err) &&
           json_parse(doc, buffer_slice(&answer), &limits, err);
    buffer_release(&answer);
    return good;
}

bool control_client_post(const char *url, const char *path, const char *body,
                         struct error *err)
{
    struct buffer answer;
    bool good;

    buffer_init(&answer, ANSWER_MAX_BYTES);
    good = ask(url, path, body, &answer, err);
    buffer_release(&answer);
    return good;
}

bool control_client_counter(const char *url, const char *name, long long *value,
                            struct error *err)
{
    struct json_document doc = {.root = NULL};
    int64_t number = 0;
    bool good = read_json(url, "/stats", &doc, err);

    if (good && !json_integer(json_get(doc.root, name), &number)) {
        error_set(err, "%s/stats has no counter %s", url, name);
        good = false;
    }
    json_release(&doc);
    *value = number;
    return good;
}

int control_client_pids(const char *url, pid_t pids[], int count)
{
    struct json_document doc = {.root = NULL};
    const struct json *one;
    struct error err;
    size_t seen = 0;
    size_t all;
    int taken = 0;

    if (!read_json(url, "/instances", &doc, &err)) {
        (void)fprintf(stderr, "black-friday: %s\n", err.text);
        return 0;
    }
    all = json_count(doc.root);
    for (one = json_first(doc.root); one != NULL; one = json_next(one)) {
        int64_t pid;

        /* The next is due when so many of all have gone by. */
        if (seen++ * (size_t)count < (size_t)taken * all || taken == count ||
            !json_integer(json_get(one, "pid"), &pid))
            continue;
        pids[taken++] = (pid_t)pid;
    }
    json_release(&doc);
    return taken;
}
