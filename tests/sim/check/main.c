/*
 * Holds the stand-ins against the real stores: sends the same random commands
 * and calls to both, and compares the answers.
 *
 *     sim-check SEED ROUNDS
 *
 * tests/sim/check/run starts a local cloud for it and names its doors in the
 * environment.  The store is asked by its keys alone, and the database has the
 * products that the script put there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "wire/kv.h"

#define TIMEOUT_MS 10000

static const struct json_limits limits = {
    .max_bytes = CHECK_BODY_MAX_BYTES, .max_depth = 16, .max_values = 1024};

const char *check_setting(const char *name)
{
    const char *value = getenv(name);

    if (!value) {
        (void)fprintf(stderr, "sim-check: %s is not set\n", name);
        exit(2);
    }
    return value;
}

const char *check_pick(struct check *c, const char *const words[],
                       int64_t count)
{
    return words[dice_between(&c->dice, 0, count - 1)];
}

/* ---- comparing ---- */

/* A time such as 2026-11-27T19:00:00.000Z: the two have clocks of their own. */
static bool is_time(const char *text)
{
    return strlen(text) == 24 && text[10] == 'T' && text[19] == '.' &&
           text[23] == 'Z';
}

/* Redis adds details to some errors: a command's arguments, a script's line. */
static bool same_text(const char *ours, const char *theirs)
{
    static const char *const detailed[] = {"ERR unknown command", "WRONGTYPE"};

    for (size_t i = 0; i < 2; i++) {
        if (strncmp(ours, detailed[i], strlen(detailed[i])) == 0)
            return strncmp(theirs, ours, strlen(ours)) == 0;
    }
    return strcmp(ours, theirs) == 0 || (is_time(ours) && is_time(theirs));
}

/* Numbers past 2^53, which JSON does not keep, count as equal. */
static bool same_scalar(const struct json *a, const struct json *b)
{
    int64_t x = 0;
    int64_t y = 0;

    if (json_type(a) != json_type(b))
        return false;
    if (json_type(a) == JSON_STRING)
        return same_text(json_string(a).at, json_string(b).at);
    if (json_type(a) == JSON_BOOL)
        return json_is_true(a) == json_is_true(b);
    return json_integer(a, &x) == json_integer(b, &y) && x == y;
}

/* Likewise, or two lists, as MGET's. */
static bool same_value(const struct json *a, const struct json *b)
{
    size_t i = 0;

    if (!same_scalar(a, b) || json_count(a) != json_count(b))
        return false;
    while (json_type(a) == JSON_ARRAY && i < json_count(a)) {
        if (!same_scalar(json_at(a, i), json_at(b, i)))
            return false;
        i++;
    }
    return true;
}

/* Two rows, two replies, or two texts. */
static bool same_members(const struct json *a, const struct json *b)
{
    const struct json *member;

    if (json_count(a) != json_count(b) || !same_value(a, b))
        return false;
    for (member = json_first(a); member; member = json_next(member)) {
        if (!same_value(member, json_get(b, json_key(member))))
            return false;
    }
    return true;
}

/* The same, or two lists of them. */
static bool same(const struct json *a, const struct json *b)
{
    size_t i = 0;

    if (json_type(a) != JSON_ARRAY)
        return same_members(a, b);
    while (i < json_count(a) && same_members(json_at(a, i), json_at(b, i)))
        i++;
    return i == json_count(a) && i == json_count(b);
}

/* The part of an answer that a client reads: a row, a code, or all of it. */
static const struct json *part(const struct json_document *doc, bool sql)
{
    const struct json *row =
        json_get(json_at(json_get(doc->root, "rows"), 0), "answer");

    if (!sql)
        return doc->root;
    return row ? row : json_get(doc->root, "code");
}

void check_compare(struct check *c, bool sql)
{
    const struct slice theirs = buffer_slice(&c->theirs.body);
    struct json_document a;
    struct json_document b;
    bool equal;

    c->asked++;
    if (!json_parse(&a, buffer_slice(&c->ours.body), &limits, NULL) ||
        !json_parse(&b, theirs, &limits, NULL))
        equal = false;
    else
        equal = c->ours.status == c->theirs.status &&
                same(part(&a, sql), part(&b, sql));
    json_release(&a);
    json_release(&b);
    if (equal)
        return;
    c->different++;
    (void)printf("asked     %s\nstand-in  %d %s\nreal      %d %s\n",
                 c->question.data, c->ours.status, c->ours.body.data,
                 c->theirs.status, theirs.at ? theirs.at : "");
}

void check_ask(struct check *c, const char *header)
{
    const char *const headers[] = {header, "Content-Type: application/json"};
    const struct transport_request request = {
        .method = "POST",
        .url = c->url.data,
        .headers = headers,
        .header_count = 2,
        .body = buffer_slice(&c->question),
        .timeout_ms = TIMEOUT_MS,
    };
    struct error err;

    if (transport_exchange(c->transport, &request, &c->theirs, &err) !=
        TRANSPORT_ANSWERED) {
        (void)fprintf(stderr, "sim-check: %s: %s\n", c->url.data, err.text);
        exit(2);
    }
}

bool check_set_url(struct check *c, const char *url, const char *path)
{
    buffer_clear(&c->url);
    return buffer_append_text(&c->url, url) &&
           buffer_append_text(&c->url, path);
}

/* ---- the store ---- */

/* DELEX: a store without it rejects a whole transaction; no lock has it there.
 */
static struct kv_command draw_command(struct check *c, bool delex)
{
    static const char script[] =
        "if redis.call('get',KEYS[1])==ARGV[1] then "
        "return redis.call('del',KEYS[1]) else return 0 end";
    const char *key = PICK(c, "sim:a", "sim:b", "sim:c");
    const char *value =
        PICK(c, "one", "two", "7", "-3", "007", "-0", "", "5 ", "12x",
             "9223372036854775807", "-9223372036854775807");

    switch (dice_between(&c->dice, 0, 12)) {
    case 0:
        return KV_COMMAND("SET", key, value);
    case 1:
        return KV_COMMAND("SET", key, value, "NX", "EX", "1000");
    case 2:
        return KV_COMMAND("SET", key, value, "EX", PICK(c, "1000", "0", "x"));
    case 3:
        return KV_COMMAND("SET", key, value, "NX");
    case 4:
        return KV_COMMAND("INCR", key);
    case 5:
        return KV_COMMAND("INCRBY", key, PICK(c, "1", "41", "-5", "x"));
    case 6:
        return KV_COMMAND("DEL", key);
    case 7:
        return delex ? KV_COMMAND("DELEX", key, "IFEQ", value)
                     : KV_COMMAND("GET", key);
    case 8:
        return KV_COMMAND("EVAL", script, "1", key, value);
    case 9:
        return dice_chance(&c->dice, 200) ? KV_COMMAND("LPUSH", key, value)
                                          : KV_COMMAND("DEL", key);
    case 10:
        return KV_COMMAND("MGET", key, "sim:b", "sim:d");
    case 11:
        return KV_COMMAND("MGET", key, "sim:a");
    default:
        return KV_COMMAND("GET", key);
    }
}

static void check_store(struct check *c)
{
    const size_t count =
        dice_chance(&c->dice, 400) ? 1 : (size_t)dice_between(&c->dice, 2, 5);
    const bool pipeline = count > 1 && dice_chance(&c->dice, 500);
    struct kv_command commands[5];
    char header[256];

    for (size_t i = 0; i < count; i++)
        commands[i] =
            draw_command(c, !c->kv.no_delex || count == 1 || pipeline);
    (void)snprintf(header, sizeof(header), "Authorization: Bearer %s",
                   check_setting("UPSTASH_REDIS_REST_TOKEN"));
    if (!kv_write(commands, count, &c->question) ||
        !check_set_url(c, check_setting("UPSTASH_REDIS_REST_URL"),
                       count == 1 ? "/"
                       : pipeline ? "/pipeline"
                                  : "/multi-exec"))
        exit(2);
    if (!pipeline)
        stand_in_kv_serve(&c->kv, 1, count > 1, buffer_slice(&c->question),
                          &c->ours);
    for (size_t at = 0; pipeline && at < count; at++)
        (void)stand_in_kv_step(&c->kv, 1, buffer_slice(&c->question), at,
                               &c->ours);
    check_ask(c, header);
    check_compare(c, false);
}

/* ---- all of it ---- */

static void open_check(struct check *c, struct http_session *http,
                       uint64_t seed)
{
    struct error err;

    *c = (struct check){
        .transport = http ? http_session_channel(http, true, &err) : NULL,
        .dice = dice_for(seed, 0),
        .kv.no_delex = getenv("SIM_CHECK_NO_DELEX"),
        /* As the script puts them into the real one. */
        .sql = {.hold_s = 1000,
                .product_count = 3,
                .products = {{1, 6, 6}, {2, 9, 9}, {3, 0, 0}}},
    };
    if (!c->transport) {
        (void)fprintf(stderr, "sim-check: %s\n", err.text);
        exit(2);
    }
    buffer_init(&c->url, CHECK_BODY_MAX_BYTES);
    buffer_init(&c->question, CHECK_BODY_MAX_BYTES);
    buffer_init(&c->ours.body, CHECK_BODY_MAX_BYTES);
    transport_response_init(&c->theirs, CHECK_BODY_MAX_BYTES);
}

int main(int argc, char *argv[])
{
    const struct http_session_options options = {0};
    struct error err;
    struct http_session *http = http_session_new(&options, &err);
    static struct check c;
    const long long rounds = argc > 2 ? strtoll(argv[2], NULL, 10) : 0;

    open_check(&c, http, argc > 1 ? strtoull(argv[1], NULL, 0) : 1);
    for (long long i = 0; i < rounds && c.different < 5; i++) {
        check_store(&c);
        check_database(&c);
    }
    (void)printf("%lld answers compared, %lld differ\n", c.asked, c.different);
    buffer_release(&c.url);
    buffer_release(&c.question);
    buffer_release(&c.ours.body);
    transport_response_release(&c.theirs);
    http_session_free(http);
    return c.asked && !c.different ? EXIT_SUCCESS : EXIT_FAILURE;
}
