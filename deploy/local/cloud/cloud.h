/*
 * cloud: what a running local cloud is made of.
 *
 * The supervisor process fills struct cloud before it forks; the processes it
 * forks read their part of it.  None is written after that, and none of it
 * is ever on a command line, where other users could see it.
 */
#ifndef BOUNCER_LOCAL_CLOUD_H
#define BOUNCER_LOCAL_CLOUD_H

#include <limits.h>

#include "cloud/ca.h"
#include "cloud/listener.h"
#include "cloud/services.h"
#include "data/options.h"

struct shared;

/* A secret of 128 bits in hex, and its end. */
#define CLOUD_SECRET_BYTES 16
#define CLOUD_SECRET_MAX (2 * CLOUD_SECRET_BYTES + 1)

/* A service key that was given may be a JSON Web Token, which is long. */
#define CLOUD_SERVICE_KEY_MAX 1024

/*
 * The platform's processes share the port of the front, and those of a door
 * share the door's ports.  Each process of the platform has a port of its own
 * for the Runtime API; the first one has the control address.
 */
enum cloud_listener {
    CLOUD_FRONT = 0, /* HTTP requests for the function */
    CLOUD_RUNTIME,   /* the Runtime API, on all loopback addresses */
    CLOUD_CONTROL,
    CLOUD_KV,
    CLOUD_KV_TLS,
    CLOUD_SQL,
    CLOUD_SQL_TLS,
    CLOUD_LISTENERS, /* how many there are */
};

struct cloud {
    const struct options *options;
    char dir[SERVICES_DIR_MAX];     /* private, made for this run */
    char log[SERVICES_DIR_MAX + 8]; /* in it; not there if verbose */
    char env_file[PATH_MAX];        /* absolute */
    int env_fd;                     /* holds its lock; -1: not claimed */
    char function[PATH_MAX];        /* absolute */
    /* The processes that serve one kind each have a socket of their own. */
    struct listener listeners[CLOUD_LISTENERS][OPTIONS_PROCESSES_MAX];
    struct services services;
    struct ca_files ca;
    char kv_token[CLOUD_SECRET_MAX];
    char service_key[CLOUD_SERVICE_KEY_MAX];
    char neon_connection_string[256];
    char made_secret[CLOUD_SECRET_MAX];
    const char *secret; /* callers send it; made here, or borrowed */
    struct shared *shared;
};

/*
 * Find the function of CLOUD's options and the services, and make up the name
 * of its directory and its secrets.  Makes nothing.  False with the reason in
 * ERR.
 */
__attribute__((warn_unused_result)) bool cloud_init(struct cloud *cloud,
                                                    struct error *err);

#endif
