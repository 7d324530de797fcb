/*
 * doors: the REST doors of the local cloud in front of a real redis-server and
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
 *         .plain_fd = plain, .tls_fd = tls, .redis_socket = path, ...
 *     };
 *
 *     if (fork() == 0)
 *         _exit(doors_kv_run(&options));
 *
 * A door that loses its store goes on: it answers with the error that the real
 * service gives, and connects again by itself.
 */
#ifndef BOUNCER_LOCAL_DOORS_H
#define BOUNCER_LOCAL_DOORS_H

struct door_options;

/*
 * Serve until SIGTERM or SIGINT.  Returns 0 then; 1, with a line on stderr,
 * where the door could not be opened.  Takes over the process: installs its
 * signal handlers, ignores SIGPIPE.  The listening sockets stay open.
 */
int doors_kv_run(const struct door_options *options);
int doors_sql_run(const struct door_options *options);

#endif
