/*
 * check: what the two halves of sim-check share: asking a real store and its
 * stand-in the same, and comparing what they say.
 */
#ifndef BOUNCER_SIM_CHECK_H
#define BOUNCER_SIM_CHECK_H

#include "base/json.h"
#include "dice.h"
#include "stand_in_kv.h"
#include "stand_in_sql.h"
#include "wire/http.h"

#define CHECK_BODY_MAX_BYTES (64UL * 1024)

struct check {
    struct transport *transport;
    struct dice dice;
    struct stand_in_kv kv;
    struct stand_in_sql sql;
    char key[24]; /* of the order that is asked for */
    struct buffer url, question;
    struct served ours;
    struct transport_response theirs;
    long long asked, different;
};

/* The environment variable NAME, which has to be set. */
const char *check_setting(const char *name);

/* One of COUNT words, by the dice. */
const char *check_pick(struct check *c, const char *const words[],
                       int64_t count);

#define PICK(c, ...)                                                           \
    check_pick(c, (const char *const[]){__VA_ARGS__},                          \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Send `question` to `url` with HEADER; the answer is `theirs`. */
bool check_set_url(struct check *c, const char *url, const char *path);
void check_ask(struct check *c, const char *header);

/* Hold `ours` against `theirs`; SQL: the row or the code counts. */
void check_compare(struct check *c, bool sql);

/* Call a function of both databases, or let time pass in both. */
void check_database(struct check *c);

#endif
