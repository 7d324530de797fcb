/*
 * world: the shipped operations behind a bouncer, with a scripted store, a
 * scripted database and a fake clock.
 *
 *     world_open();
 *     world_store(WORLD_WON);
 *     world_row("{\"outcome\":...}");
 *     world_buy();
 *     world.res.status
 *     world_close();       fails the test if steps of a script are left or the
 *                          log holds a secret
 *
 * There is one: each test runs in a process of its own.
 */
#ifndef BOUNCER_WORLD_H
#define BOUNCER_WORLD_H

#include "captured_log.h"
#include "fake_clock.h"
#include "fake_transport.h"
#include "guard/bouncer.h"
#include "guard/lock_store_kv.h"

/*
 * The store's answers: to a try (SET, INCR, MGET), to a look (MGET), and to a
 * release.  With a marker: to a try of a client that sent an Idempotency-Key.
 */
#define WORLD_WON                                                              \
    "[{\"result\":\"OK\"},{\"result\":7},{\"result\":[\"$TOKEN\",null]}]"
#define WORLD_BUSY                                                             \
    "[{\"result\":null},{\"result\":8},{\"result\":[\"somebody else\",null]}]"
#define WORLD_WON_MARKED                                                       \
    "[{\"result\":\"OK\"},{\"result\":7},{\"result\":\"OK\"},"                 \
    "{\"result\":[\"$TOKEN\",null,\"$TOKEN\"]}]"
#define WORLD_BUSY_MARKED                                                      \
    "[{\"result\":null},{\"result\":8},{\"result\":\"OK\"},"                   \
    "{\"result\":[\"somebody else\",null,\"$TOKEN\"]}]"
#define WORLD_LOOK_BUSY "{\"result\":[\"somebody else\",null]}"
#define WORLD_RELEASED "{\"result\":1}"

/* The store's answer to the marker of a key of ours, before a 504. */
#define WORLD_MARKED "{\"result\":\"OK\"}"

/* The token for the scripted store. */
#define WORLD_SECRET "kv-secret"

struct world {
    struct fake_clock clock;
    struct captured_log log;
    struct fake_transport store;
    struct fake_transport database_api;
    struct kv kv;
    struct database database;
    struct lock_store_kv redis;
    struct lock_client locks;
    struct operations operations;
    struct instance instance;
    struct request guarded;
    struct runtime_invocation invocation;
    struct message_request request;
    struct message_response res;
};

extern struct world world;

void world_open(void);

/* Serve the operations of TEXT, an operations.json, instead. */
void world_operations(const char *text);

void world_close(void);

/* Serve one request, `finish` included. */
void world_serve(const char *method, const char *path, const char *body);

/* POST a JSON body. */
void world_post(const char *path, const char *body);

/* POST alice's wish for one of product 1 to /api/purchase. */
void world_buy(void);

/* Add a header field to the next request. */
void world_header(const char *name, const char *value);

/* Script the store's answer, with status 200. */
struct fake_step *world_store(const char *answer);

/* Script the database's answer: the SQL function's object ROW. */
struct fake_step *world_row(const char *row);

/* Whether the last answer's body holds WORDS. */
bool world_said(const char *words);

/* The last answer's header field NAME, "(none)" without one. */
const char *world_told(const char *name);

#endif
