/*
 * A call counts the replies that it waits for, and one more for the sender,
 * since redis may be lost while commands are being sent.  When the count is 0
 * it answers and frees itself.
 */
#include "doors/kv_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doors/kv_command.h"
#include "doors/kv_emulate.h"
#include "doors/kv_nul.h"
#include "doors/resp_json.h"

/* The longest answer. */
#define ANSWER_MAX_BYTES (64UL * 1024 * 1024)

struct call;

/* One command under way. */
struct slot {
    struct call *call;
    struct json *object; /* where its outcome goes; a transaction has none */
};

struct call {
    struct exchange *exchange;
    struct kv_call_options options;
    bool single;
    bool failed;    /* a single command, or a whole transaction, did */
    bool lost;      /* an answer did not come */
    size_t waiting; /* for so many replies, and one for the sender */
    struct json_document doc;
    struct resp_json_form form;
    struct slot slots[];
};

static struct call *call_new(struct exchange *exchange,
                             const struct kv_call_options *options,
                             size_t slots)
{
    struct call *call =
        calloc(1, sizeof(*call) + slots * sizeof(call->slots[0]));

    if (!call) {
        exchange_reply_error(exchange, 500, "ERR out of memory");
        return NULL;
    }
    call->exchange = exchange;
    call->options = *options;
    call->form.base64 = options->base64;
    call->waiting = 1;
    return call;
}

static void call_free(struct call *call)
{
    json_release(&call->doc);
    free(call);
}

/* Answer by the document, whose strings hold NULs. */
static void reply_revealed(struct call *call, int status)
{
    struct buffer text;

    buffer_init(&text, ANSWER_MAX_BYTES);
    if (json_print(&call->doc, &text))
        exchange_reply(
            call->exchange, status, "application/json",
            (struct slice){text.data, kv_nul_reveal_text(text.data, text.len)});
    else
        exchange_reply(call->exchange, 500, NULL, SLICE_EMPTY);
    buffer_release(&text);
}

static void reply(struct call *call)
{
    int status = call->failed ? 400 : 200;

    if (call->lost)
        exchange_reply_error(call->exchange, 500,
                             "ERR the connection to redis was lost");
    else if (call->form.has_nul)
        reply_revealed(call, status);
    else
        exchange_reply_json(call->exchange, status, &call->doc);
}

/* One reply came, or the sender is through. */
static void settle(struct call *call)
{
    if (--call->waiting > 0)
        return;
    reply(call);
    call_free(call);
}

static void on_reply(const redisReply *answer, void *state)
{
    struct slot *slot = state;
    struct call *call = slot->call;

    if (!answer)
        call->lost = true;
    else if (call->single && answer->type == REDIS_REPLY_ERROR)
        call->failed = true;
    if (answer)
        resp_json_add_outcome(&call->doc, slot->object, answer, &call->form);
    settle(call);
}

static void send(struct call *call, struct slot *slot, struct kv_args *args,
                 kv_store_done *done)
{
    struct shared *shared = call->options.shared;

    atomic_fetch_add(&shared->kv_commands, kv_command_price(args));
    if (!atomic_load(&shared->kv.no_delex))
        kv_emulate(args);
    call->waiting++;
    kv_store_send(call->options.store, args, done, slot);
}

static bool reject_if_down(struct exchange *exchange, struct kv_store *store)
{
    if (kv_store_is_up(store))
        return false;
    exchange_reply_error(exchange, 503, "ERR redis is away");
    return true;
}

void kv_call_single(struct exchange *exchange,
                    const struct kv_call_options *options, struct kv_args *args)
{
    char text[KV_REJECTION_MAX];
    struct call *call;

    if (kv_command_is_rejected(args, text)) {
        exchange_reply_error(exchange, 400, text);
        return;
    }
    if (reject_if_down(exchange, options->store))
        return;
    call = call_new(exchange, options, 1);
    if (!call)
        return;
    call->single = true;
    call->slots[0] =
        (struct slot){.call = call, .object = json_new_object(&call->doc)};
    send(call, &call->slots[0], args, on_reply);
    settle(call);
}

/* ---- lists ---- */

/*
 * Whether every element of LIST is a command, and, with REJECT_ALL, one that
 * may pass; else the answer is given.
 */
static bool check_list(struct exchange *exchange, const struct json *list,
                       bool reject_all)
{
    const char *wrong = NULL;
    const struct json *command = json_first(list);
    struct kv_args args;
    char text[KV_REJECTION_MAX];

    if (json_type(list) != JSON_ARRAY || !command)
        wrong = "ERR failed to parse pipeline request: an array of commands "
                "is expected";
    kv_args_init(&args);
    for (; command && !wrong; command = json_next(command)) {
        kv_args_clear(&args);
        if (!kv_args_add_json(&args, command, &wrong))
            break;
        if (!kv_args_finish(&args)) {
            wrong = "ERR max request size exceeded";
        } else if (reject_all && kv_command_is_rejected(&args, text)) {
            wrong = text;
        }
    }
    kv_args_release(&args);
    if (wrong)
        exchange_reply_error(exchange, 400, wrong);
    return !wrong;
}

/* Send one word of redis's own: MULTI, EXEC. */
static void send_word(struct call *call, struct slot *slot, const char *word,
                      kv_store_done *done)
{
    size_t len = strlen(word);
    struct kv_args args = {.argc = 1, .lens = &len, .argv = &word};

    call->waiting++;
    kv_store_send(call->options.store, &args, done, slot);
}

/* The replies to MULTI and to each queued command tell nothing of their own. */
static void on_queued(const redisReply *answer, void *state)
{
    struct slot *slot = state;

    slot->call->lost |= !answer;
    settle(slot->call);
}

static void on_exec(const redisReply *answer, void *state)
{
    struct slot *slot = state;
    struct call *call = slot->call;

    if (!answer) {
        call->lost = true;
    } else if (answer->type == REDIS_REPLY_ARRAY) {
        struct json *array = json_new_array(&call->doc);

        for (size_t i = 0; i < answer->elements; i++)
            resp_json_add_outcome(&call->doc,
                                  json_add_object(&call->doc, array, NULL),
                                  answer->element[i], &call->form);
    } else {
        call->failed = true;
        resp_json_add_outcome(&call->doc, json_new_object(&call->doc), answer,
                              &call->form);
    }
    settle(call);
}

/* Turn COMMAND into ARGS once more; it was checked. */
static bool arguments_of(const struct json *command, struct kv_args *args)
{
    const char *wrong;

    kv_args_clear(args);
    return kv_args_add_json(args, command, &wrong) && kv_args_finish(args);
}

static void send_transaction(struct call *call, const struct json *list)
{
    const struct json *command = json_first(list);
    struct slot *slot = &call->slots[0];
    struct kv_args args;

    slot->call = call;
    kv_args_init(&args);
    send_word(call, slot, "MULTI", on_queued);
    for (; command; command = json_next(command)) {
        if (arguments_of(command, &args))
            send(call, slot, &args, on_queued);
        else
            call->lost = true;
    }
    send_word(call, slot, call->lost ? "DISCARD" : "EXEC", on_exec);
    kv_args_release(&args);
}

static void send_pipeline(struct call *call, const struct json *list)
{
    const struct json *command = json_first(list);
    struct json *array = json_new_array(&call->doc);
    struct slot *slot = call->slots;
    struct kv_args args;
    char text[KV_REJECTION_MAX];

    kv_args_init(&args);
    for (; command; command = json_next(command), slot++) {
        slot->call = call;
        slot->object = json_add_object(&call->doc, array, NULL);
        if (!arguments_of(command, &args)) {
            call->lost = true;
        } else if (kv_command_is_rejected(&args, text)) {
            json_add_string(&call->doc, slot->object, "error", text);
        } else {
            send(call, slot, &args, on_reply);
        }
    }
    kv_args_release(&args);
}

void kv_call_list(struct exchange *exchange,
                  const struct kv_call_options *options,
                  const struct json *list, bool transaction)
{
    struct call *call;

    if (!check_list(exchange, list, transaction) ||
        reject_if_down(exchange, options->store))
        return;
    call = call_new(exchange, options, transaction ? 1 : json_count(list));
    if (!call)
        return;
    if (transaction)
        send_transaction(call, list);
    else
        send_pipeline(call, list);
    settle(call);
}
