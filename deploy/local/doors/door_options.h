/*
 * door_options: what a process of a door is told when it starts.
 */
#ifndef BOUNCER_LOCAL_DOOR_OPTIONS_H
#define BOUNCER_LOCAL_DOOR_OPTIONS_H

struct shared;

/* Everything is borrowed for as long as the door runs. */
struct door_options {
    /* Listening sockets on the loopback, non-blocking; -1: there is none. */
    int plain_fd;
    int tls_fd;

    /* PEM files; required if there is a tls_fd. */
    const char *cert_file;
    const char *key_file;

    /* KV: the path of redis's unix socket, and the token clients must send. */
    const char *redis_socket;
    const char *kv_token;

    /*
     * SQL: libpq conninfos, the private ways to the database: of /sql as its
     * owner, of /rpc as the role of the service key.
     */
    const char *pg_conninfo;
    const char *service_conninfo;
    /*
     * SQL: a postgresql:// URL.  User, password and database of what a client
     * sends as Neon-Connection-String must equal those in here; the host may
     * be another one.  NULL: /sql is not served.
     */
    const char *neon_connection_string;
    /* SQL: the apikey and bearer token of PostgREST.  NULL: no /rpc. */
    const char *service_key;
    /* SQL: at most so many connections by each way per process; 0: 8. */
    int pool_size;

    struct shared *shared; /* required */
};

#endif
