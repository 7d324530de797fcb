/*
 * door: the REST doors of the local cloud in front of a real redis-server and
 * a real PostgreSQL.
 *
 * The KV door speaks the Upstash Redis REST API.  The SQL door speaks Neon's
 * SQL over HTTP on POST /sql, and PostgREST's function calls on
 * /rpc/<function> and /rest/v1/rpc/<function>.
 *
 * The supervisor opens the listening sockets and forks; each child calls one
 * of the two functions and exits with its result.  Several children may share
 * the sockets, since a door keeps no state but in its store and in `shared`.
 *
 *     struct door_options options = {
 *         .plain_fd = plain, .tls_fd = -1, .redis_socket = path, ...
 *     };
 *
 *     if (fork() == 0)
 *         _exit(door_kv_run(&options));
 *
 * A door that loses its store goes on: it answers with the error that the real
 * service gives, and connects again by itself.
 */
#ifndef BOUNCER_LOCAL_DOOR_H
#define BOUNCER_LOCAL_DOOR_H

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

/*
 * Serve until SIGTERM or SIGINT.  Returns 0 then; 1, with a line on stderr,
 * where the door could not be opened.  Takes over the process: installs its
 * signal handlers, ignores SIGPIPE.  The listening sockets stay open.
 */
int door_kv_run(const struct door_options *options);
int door_sql_run(const struct door_options *options);

#endif
