/*
 * settings: what a process of the platform is told when it starts.
 */
#ifndef BOUNCER_LOCAL_SETTINGS_H
#define BOUNCER_LOCAL_SETTINGS_H

#include "data/options.h"

struct shared;

/* Everything is borrowed for as long as the process runs. */
struct settings {
    const struct options *options;
    struct shared *shared;
    int index; /* which of the platform's processes this is */

    /* Listening sockets, non-blocking, and the ports of two. */
    int front_fd;
    int front_port;
    int runtime_fd;
    int runtime_port;
    int control_fd; /* -1: another process has it */

    /*
     * What the instances run, and what they are told: the doors' TLS ports and
     * how to get in there.
     */
    const char *function; /* an absolute path */
    const char *ca_file;
    int kv_port;
    int sql_port;
    const char *kv_token;
    const char *neon_connection_string;
    const char *service_key;
    const char *secret; /* what the function's callers send */
};

#endif
