/*
 * Any bytes as the store's answer to an attempt to take a lock.  The first
 * byte chooses the status and whether there is an answer at all; in the rest,
 * $TOKEN stands for the token of the request.
 *
 * Whatever the answer, the lock is never held unless our token is in the place
 * of GET's reply, and never busy unless somebody else's is.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fake_clock.h"
#include "guard/lock.h"
#include "guard/lock_store_kv.h"

#define TOKEN "kv-s3cret"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct store {
    const char *answer;
    size_t answer_len;
    int status; /* 0: there is no answer */
    char token[64];
};

static const int statuses[] = {200, 200, 200, 200, 400, 401, 405, 500, 0};

static void require(bool fine)
{
    if (!fine)
        abort();
}

/* The second argument behind SET: [["SET","lock:x","<token>",... */
static void remember_token(struct store *store, struct slice body)
{
    static const char before[] = "[\"SET\",\"lock:x\",\"";
    const char *at = memmem(body.at, body.len, before, sizeof(before) - 1);
    const char *end;

    if (!at)
        return;
    at += sizeof(before) - 1;
    end = memchr(at, '"', (size_t)(body.at + body.len - at));
    require(end && (size_t)(end - at) < sizeof(store->token));
    memcpy(store->token, at, (size_t)(end - at));
    store->token[end - at] = '\0';
}

static enum transport_result exchange(void *state,
                                      const struct transport_request *request,
                                      struct transport_response *response,
                                      struct error *err)
{
    static const char mark[] = "$TOKEN";
    struct store *store = state;
    const char *at = store->answer;
    const char *end = at + store->answer_len;
    const char *found;

    remember_token(store, request->body);
    if (!store->status) {
        error_set(err, "no answer");
        return TRANSPORT_UNKNOWN;
    }
    response->status = store->status;
    response->sends = 1;
    while ((found = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
        if (!buffer_append(&response->body, at, (size_t)(found - at)) ||
            !buffer_append_text(&response->body, store->token))
            return TRANSPORT_UNKNOWN;
        at = found + sizeof(mark) - 1;
    }
    return buffer_append(&response->body, at, (size_t)(end - at))
               ? TRANSPORT_ANSWERED
               : TRANSPORT_UNKNOWN;
}

/* Compare with what the last answer has in the place of GET's reply. */
static void check(enum lock_result result, const struct kv *kv,
                  const struct lock *lock)
{
    struct json_document doc = {0};
    const struct kv_response response = {
        .count = 3,
        .status = kv->response.status,
        .body = buffer_slice(&kv->response.body),
        .token = slice_of(TOKEN),
        .document = &doc,
    };
    struct kv_replies replies = {0};
    const struct kv_reply *owner = &replies.list[2];
    struct error err;
    const enum kv_result answered = kv_judge(&response, &replies, &err);
    const bool ours =
        owner->type == KV_STRING && strcmp(owner->text, lock->token) == 0;

    json_release(&doc);
    if (result == LOCK_HELD)
        require(answered == KV_ANSWERED && ours);
    if (result == LOCK_BUSY)
        require(answered == KV_ANSWERED && !ours &&
                (owner->type == KV_STRING || kv_is_wrong_type(owner)));
    for (size_t i = 0; i < response.count; i++)
        require(replies.list[i].type != KV_ERROR ||
                !strstr(replies.list[i].text, TOKEN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store store = {0};
    struct transport transport = {.exchange = exchange, .state = &store};
    struct fake_clock clock;
    struct lock_store_kv redis;
    struct lock_client client;
    struct kv kv;
    struct lock lock;
    struct error err = {0};
    enum lock_result result;

    if (size == 0)
        return 0;
    store.status = statuses[data[0] % (sizeof(statuses) / sizeof(int))];
    store.answer = (const char *)data + 1;
    store.answer_len = size - 1;
    fake_clock_init(&clock);
    require(kv_init(&kv,
                    &(struct kv_options){.transport = &transport,
                                         .url = "https://kv.example",
                                         .token = TOKEN},
                    &err));
    lock_store_kv_init(&redis, &kv, &clock.clock, 800);
    lock_client_init(
        &client, &(struct lock_client_options){
                     .store = &redis.store, .clock = &clock.clock, .tries = 2});
    result = lock_acquire(
        &client,
        &(struct lock_request){
            .name = "x", .lease_s = 10, .fenced = true, .budget_ms = 1600},
        &lock, &err);
    check(result, &kv, &lock);
    kv_release(&kv);
    return 0;
}
