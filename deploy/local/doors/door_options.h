/*
 * door_options: what a process of a door is told when it starts.
 */
#ifndef BOUNCER_LOCAL_DOOR_OPTIONS_H
#define BOUNCER_LOCAL_DOOR_OPTIONS_H

struct shared;

/*
 * Everything is borrowed for as long as the door runs, and required by the door
 * that it is for.
 */
struct door_options {
    /* Listening sockets on the loopback, non-blocking. */
    int plain_fd;
    int tls_fd;

    /* PEM files, for tls_fd. */
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
     * be another one.
     */
    const char *neon_connection_string;
    /* SQL: the apikey and bearer token of PostgREST. */
    const char *service_key;
    /* SQL: at most so many connections by each way per process. */
    int pool_size;

    struct shared *shared;
};

#endif
