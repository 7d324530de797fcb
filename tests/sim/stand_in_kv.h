/*
 * stand_in_kv: a Redis store behind Upstash's REST API, as far as a lock needs
 * it.  It does no I/O and takes the time from its caller.
 *
 * `make sim-check` holds it against a real Redis behind the local cloud's door.
 */
#ifndef BOUNCER_SIM_STAND_IN_KV_H
#define BOUNCER_SIM_STAND_IN_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "served.h"

#define STAND_IN_KV_KEYS 192
#define STAND_IN_KV_TEXT_MAX 160

struct stand_in_kv_key {
    char name[STAND_IN_KV_TEXT_MAX]; /* "": a free place */
    char value[STAND_IN_KV_TEXT_MAX];
    bool is_list;       /* holds no string but a list */
    int64_t expires_us; /* 0: never */
};

/* Places; those from `used` on were never taken. */
struct stand_in_kv_keys {
    size_t used;
    struct stand_in_kv_key list[STAND_IN_KV_KEYS];
};

/* What somebody who looks on sees.  OLD is what a key held, "" for nothing. */
struct stand_in_kv_watcher {
    void (*set)(void *state, const struct stand_in_kv_key *key);
    void (*deleted)(void *state, const char *name, const char *old);
    void *state;
};

struct stand_in_kv {
    struct stand_in_kv_keys keys;
    bool no_delex; /* an older store, which knows scripts only */
    struct stand_in_kv_watcher watcher; /* zeroed: nobody looks on */
    /* The nets that a mutant cuts. */
    bool ignores_nx;
    bool releases_blindly; /* compare-and-delete does not compare */
};

/* Carry out the command in BODY, or the LIST of them; OUT holds the answer. */
void stand_in_kv_serve(struct stand_in_kv *kv, int64_t now_us, bool list,
                       struct slice body, struct served *out);

/*
 * Carry out command number AT of the pipeline in BODY and add its reply to OUT,
 * which holds those before it.  True if it is the last one.
 */
bool stand_in_kv_step(struct stand_in_kv *kv, int64_t now_us, struct slice body,
                      size_t at, struct served *out);

/* The key NAME that is there at NOW_US; NULL if it is not. */
struct stand_in_kv_key *stand_in_kv_find(struct stand_in_kv *kv, int64_t now_us,
                                         const char *name);

/* A new key NAME, and the end of one, which the watcher hears of. */
struct stand_in_kv_key *stand_in_kv_make(struct stand_in_kv *kv,
                                         const char *name);
void stand_in_kv_drop(struct stand_in_kv *kv, struct stand_in_kv_key *key);

/* Set a key without a time to live, as somebody's mistake does. */
void stand_in_kv_spoil(struct stand_in_kv *kv, const char *name,
                       const char *value, bool is_list);

#endif
