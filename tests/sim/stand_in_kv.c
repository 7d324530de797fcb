/*
 * Commands are a table.  Each reads its words, changes the keys and leaves a
 * reply; a request is one command, several at one moment, or a pipeline of
 * them, of which each is a moment.
 */
#include "stand_in_kv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define WORDS_MAX 8

#define NOT_AN_INTEGER "ERR value is not an integer or out of range"
#define WRONG_TYPE                                                             \
    "WRONGTYPE Operation against a key holding the wrong kind of value"

static const char release_script[] =
    "if redis.call('get',KEYS[1])==ARGV[1] then "
    "return redis.call('del',KEYS[1]) else return 0 end";

static const struct json_limits limits = {
    .max_bytes = 16UL * 1024, .max_depth = 8, .max_values = 256};

#define ELEMENTS_MAX 3

enum reply_type {
    REPLY_NIL = 0,
    REPLY_TEXT,
    REPLY_NUMBER,
    REPLY_ERROR,
    REPLY_LIST, /* of texts and nils */
};

struct reply {
    enum reply_type type;
    long long number;
    char text[STAND_IN_KV_TEXT_MAX];
    size_t count;
    const char *elements[ELEMENTS_MAX];
};

struct command {
    struct stand_in_kv *kv;
    int64_t now_us;
    size_t count;
    char words[WORDS_MAX][STAND_IN_KV_TEXT_MAX];
    struct reply reply;
};

static void copy(char to[STAND_IN_KV_TEXT_MAX], const char *from)
{
    (void)snprintf(to, STAND_IN_KV_TEXT_MAX, "%s", from);
}

/* Redis takes a number only as it would write it itself. */
static bool read_number(const char *text, long long *number)
{
    char again[24];

    if (!slice_to_int(slice_of(text), number))
        return false;
    (void)snprintf(again, sizeof(again), "%lld", *number);
    return strcmp(text, again) == 0;
}

/* ---- commands ---- */

static void say(struct command *c, enum reply_type type, const char *text)
{
    c->reply.type = type;
    copy(c->reply.text, text);
}

static void say_number(struct command *c, long long number)
{
    c->reply.type = REPLY_NUMBER;
    c->reply.number = number;
}

/* The key in word AT; says so and sets WRONG if it is a list. */
static struct stand_in_kv_key *string_key(struct command *c, size_t at,
                                          bool *wrong)
{
    struct stand_in_kv_key *key =
        stand_in_kv_find(c->kv, c->now_us, c->words[at]);

    *wrong = key && key->is_list;
    if (*wrong)
        say(c, REPLY_ERROR, WRONG_TYPE);
    return key;
}

/* SET key value [NX] [EX seconds] */
static void do_set(struct command *c)
{
    struct stand_in_kv_key *key =
        stand_in_kv_find(c->kv, c->now_us, c->words[1]);
    long long seconds = 0;
    bool only_new = false;

    for (size_t i = 3; i < c->count; i++) {
        if (strcmp(c->words[i], "NX") == 0) {
            only_new = true;
        } else if (strcmp(c->words[i], "EX") != 0 || i + 1 >= c->count) {
            say(c, REPLY_ERROR, "ERR syntax error");
            return;
        } else if (!read_number(c->words[++i], &seconds)) {
            say(c, REPLY_ERROR, NOT_AN_INTEGER);
            return;
        } else if (seconds <= 0) {
            say(c, REPLY_ERROR, "ERR invalid expire time in 'set' command");
            return;
        }
    }
    if (key && only_new && !c->kv->ignores_nx)
        return;
    if (!key)
        key = stand_in_kv_make(c->kv, c->words[1]);
    copy(key->value, c->words[2]);
    key->is_list = false;
    key->expires_us = seconds ? c->now_us + seconds * 1000000 : 0;
    say(c, REPLY_TEXT, "OK");
    if (c->kv->watcher.set)
        c->kv->watcher.set(c->kv->watcher.state, key);
}

static void do_get(struct command *c)
{
    bool wrong;
    const struct stand_in_kv_key *key = string_key(c, 1, &wrong);

    if (key && !wrong)
        say(c, REPLY_TEXT, key->value);
}

/* MGET key...; what is no text is nil. */
static void do_mget(struct command *c)
{
    c->reply.type = REPLY_LIST;
    c->reply.count = c->count - 1;
    for (size_t i = 0; i < c->reply.count; i++) {
        const struct stand_in_kv_key *key =
            stand_in_kv_find(c->kv, c->now_us, c->words[i + 1]);

        c->reply.elements[i] = key && !key->is_list ? key->value : NULL;
    }
}

static void count(struct command *c, long long more)
{
    bool wrong;
    struct stand_in_kv_key *key = string_key(c, 1, &wrong);
    long long number = 0;

    if (wrong)
        return;
    if (key && !read_number(key->value, &number)) {
        say(c, REPLY_ERROR, NOT_AN_INTEGER);
        return;
    }
    if (__builtin_add_overflow(number, more, &number)) {
        say(c, REPLY_ERROR, "ERR increment or decrement would overflow");
        return;
    }
    if (!key)
        key = stand_in_kv_make(c->kv, c->words[1]);
    (void)snprintf(key->value, sizeof(key->value), "%lld", number);
    say_number(c, number);
}

static void do_incr(struct command *c)
{
    count(c, 1);
}

static void do_incrby(struct command *c)
{
    long long more;

    if (read_number(c->words[2], &more))
        count(c, more);
    else
        say(c, REPLY_ERROR, NOT_AN_INTEGER);
}

static void do_del(struct command *c)
{
    struct stand_in_kv_key *key =
        stand_in_kv_find(c->kv, c->now_us, c->words[1]);

    if (key)
        stand_in_kv_drop(c->kv, key);
    say_number(c, key ? 1 : 0);
}

/* Delete the key in word AT if it holds the text of word AT + VALUE. */
static void compare_and_delete(struct command *c, size_t at, size_t value)
{
    bool wrong;
    struct stand_in_kv_key *key = string_key(c, at, &wrong);
    const bool goes = key && (c->kv->releases_blindly ||
                              strcmp(key->value, c->words[value]) == 0);

    if (wrong)
        return;
    if (goes)
        stand_in_kv_drop(c->kv, key);
    say_number(c, goes ? 1 : 0);
}

/* DELEX key IFEQ value */
static void do_delex(struct command *c)
{
    if (c->kv->no_delex)
        say(c, REPLY_ERROR, "ERR unknown command 'DELEX'");
    else
        compare_and_delete(c, 1, 3);
}

/* EVAL script 1 key value: the one script that the lock uses. */
static void do_eval(struct command *c)
{
    if (strcmp(c->words[1], release_script) != 0)
        abort();
    compare_and_delete(c, 3, 4);
}

static void do_lpush(struct command *c)
{
    struct stand_in_kv_key *key =
        stand_in_kv_find(c->kv, c->now_us, c->words[1]);

    if (key && !key->is_list) {
        say(c, REPLY_ERROR, WRONG_TYPE);
        return;
    }
    if (!key)
        key = stand_in_kv_make(c->kv, c->words[1]);
    key->is_list = true;
    say_number(c, strtoll(key->value, NULL, 10) + 1);
    (void)snprintf(key->value, sizeof(key->value), "%lld", c->reply.number);
}

static const struct {
    const char *word;
    size_t least, most; /* words, the command itself included */
    void (*run)(struct command *c);
} commands[] = {
    {"SET", 3, 6, do_set},
    {"GET", 2, 2, do_get},
    {"INCR", 2, 2, do_incr},
    {"INCRBY", 3, 3, do_incrby},
    {"DEL", 2, 2, do_del},
    {"DELEX", 4, 4, do_delex},
    {"EVAL", 5, 5, do_eval},
    {"LPUSH", 3, 3, do_lpush},
    {"MGET", 2, ELEMENTS_MAX + 1, do_mget},
};

static void run(struct command *c)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(c->words[0], commands[i].word) == 0 &&
            c->count >= commands[i].least && c->count <= commands[i].most) {
            commands[i].run(c);
            return;
        }
    }
    /* A word that the stand-in does not know must not pass for an answer. */
    (void)fprintf(stderr, "the store's stand-in does not know %s\n",
                  c->words[0]);
    abort();
}

/* ---- the wire ---- */

static void read_words(struct command *c, const struct json *list)
{
    const struct json *item;

    for (item = json_first(list); item; item = json_next(item)) {
        int64_t number;

        if (c->count == WORDS_MAX)
            abort();
        if (json_integer(item, &number))
            (void)snprintf(c->words[c->count++], sizeof(c->words[0]), "%lld",
                           (long long)number);
        else
            copy(c->words[c->count++], json_string(item).at);
    }
}

static void write_list(struct json_document *doc, struct json *object,
                       const struct reply *reply)
{
    struct json *list = json_add_array(doc, object, "result");

    for (size_t i = 0; i < reply->count; i++) {
        if (reply->elements[i])
            json_add_string(doc, list, NULL, reply->elements[i]);
        else
            json_add_null(doc, list, NULL);
    }
}

static void write_reply(struct json_document *doc, struct json *object,
                        const struct reply *reply)
{
    switch (reply->type) {
    case REPLY_NIL:
        json_add_null(doc, object, "result");
        break;
    case REPLY_TEXT:
        json_add_string(doc, object, "result", reply->text);
        break;
    case REPLY_NUMBER:
        json_add_integer(doc, object, "result", reply->number);
        break;
    case REPLY_ERROR:
        json_add_string(doc, object, "error", reply->text);
        break;
    case REPLY_LIST:
        write_list(doc, object, reply);
        break;
    }
}

static void serve_command(struct stand_in_kv *kv, int64_t now_us,
                          const struct json *list, struct json_document *doc,
                          struct json *object, struct served *out)
{
    struct command c = {.kv = kv, .now_us = now_us};

    read_words(&c, list);
    run(&c);
    write_reply(doc, object, &c.reply);
    out->status = c.reply.type == REPLY_ERROR ? 400 : 200;
}

void stand_in_kv_serve(struct stand_in_kv *kv, int64_t now_us, bool list,
                       struct slice body, struct served *out)
{
    struct json_document asked;
    struct json_document doc;
    const struct json *item;

    if (!json_parse(&asked, body, &limits, NULL))
        abort();
    if (!list) {
        serve_command(kv, now_us, asked.root, &doc, json_new_object(&doc), out);
    } else {
        (void)json_new_array(&doc);
        for (item = json_first(asked.root); item; item = json_next(item))
            serve_command(kv, now_us, item, &doc,
                          json_add_object(&doc, doc.root, NULL), out);
        out->status = 200;
    }
    buffer_clear(&out->body);
    if (!json_print(&doc, &out->body))
        abort();
    json_release(&doc);
    json_release(&asked);
}

bool stand_in_kv_step(struct stand_in_kv *kv, int64_t now_us, struct slice body,
                      size_t at, struct served *out)
{
    struct json_document asked;
    struct json_document before = {0};
    struct json_document doc;
    const struct json *reply;
    bool last;

    (void)json_new_array(&doc);
    if (!json_parse(&asked, body, &limits, NULL) ||
        (at && !json_parse(&before, buffer_slice(&out->body), &limits, NULL)))
        abort();
    for (reply = json_first(before.root); reply; reply = json_next(reply))
        json_add_copy(&doc, doc.root, NULL, reply);
    serve_command(kv, now_us, json_at(asked.root, at), &doc,
                  json_add_object(&doc, doc.root, NULL), out);
    out->status = 200;
    buffer_clear(&out->body);
    if (!json_print(&doc, &out->body))
        abort();
    last = at + 1 == json_count(asked.root);
    json_release(&doc);
    json_release(&before);
    json_release(&asked);
    return last;
}
