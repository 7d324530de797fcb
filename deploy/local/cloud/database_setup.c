/*
 * Sends each SQL file to libpq as one text, which PostgreSQL runs as one
 * transaction.  The position of an error becomes a line number.
 */
#include "cloud/database_setup.h"

#include <errno.h>
#include <libpq-fe.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "cloud/cloud.h"

/* The supervisor ends us when it has waited for long enough. */
#define PAUSE_MS 10

#define SQL_FILE_MAX (64UL * 1024 * 1024)
#define CHUNK_BYTES (64UL * 1024)

static PGconn *connect_to(const struct cloud *cloud, const char *database)
{
    char info[SERVICES_CONNINFO_MAX];
    PGconn *connection;

    services_conninfo(&cloud->services, SERVICES_DATABASE, database, info);
    while (PQping(info) != PQPING_OK)
        clock_sleep_ms(clock_system(), PAUSE_MS);
    connection = PQconnectdb(info);
    if (PQstatus(connection) == CONNECTION_OK)
        return connection;
    (void)fprintf(stderr, "%s\n", PQerrorMessage(connection));
    PQfinish(connection);
    return NULL;
}

/* The line of the error in TEXT; 1 where PostgreSQL did not say. */
static int error_line(const PGresult *result, struct slice text)
{
    const char *field = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    long position = field != NULL ? strtol(field, NULL, 10) : 0;
    int line = 1;

    for (size_t i = 0; i < text.len && position > 1; i++) {
        /* The position counts characters, not bytes. */
        position -= ((unsigned char)text.at[i] & 0xc0) != 0x80;
        line += text.at[i] == '\n';
    }
    return line;
}

static bool execute(PGconn *connection, const char *name, struct slice text)
{
    PGresult *result = PQexec(connection, text.at);
    bool done = PQresultStatus(result) != PGRES_FATAL_ERROR &&
                PQresultStatus(result) != PGRES_BAD_RESPONSE;

    if (!done) {
        const char *reason =
            PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

        (void)fprintf(stderr, "%s:%d: %s\n", name, error_line(result, text),
                      reason != NULL ? reason : PQerrorMessage(connection));
    }
    PQclear(result);
    return done;
}

static bool read_file(const char *path, struct buffer *text)
{
    FILE *file = fopen(path, "re");
    bool complete = file != NULL;
    size_t got;

    while (complete && (complete = buffer_reserve(text, CHUNK_BYTES)) &&
           (got = fread(text->data + text->len, 1, CHUNK_BYTES, file)) > 0)
        text->len += got;
    complete = complete && ferror(file) == 0;
    if (complete)
        text->data[text->len] = '\0';
    else
        (void)fprintf(stderr, "read %s: %s\n", path,
                      file == NULL ? strerror(errno)
                                   : "too large or unreadable");
    if (file != NULL)
        (void)fclose(file);
    return complete;
}

static bool apply(PGconn *connection, const char *path)
{
    struct buffer text;
    bool applied;

    buffer_init(&text, SQL_FILE_MAX);
    applied = read_file(path, &text) &&
              execute(connection, path, buffer_slice(&text));
    buffer_release(&text);
    return applied;
}

static bool apply_all(PGconn *connection, const struct options *options)
{
    static const char *const names[] = {"schema.sql", "seed.sql"};
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", options->database_dir,
                       names[i]);
        if (!apply(connection, path))
            return false;
    }
    for (size_t i = 0; i < options->extra_sql_count; i++) {
        if (!apply(connection, options->extra_sql[i]))
            return false;
    }
    return true;
}

/*
 * The roles of a new project of Supabase: service_role passes row level
 * security, and nobody has a right that was not granted to them.
 */
static const char roles[] =
    "CREATE ROLE anon; CREATE ROLE authenticated;"
    "CREATE ROLE " SERVICES_SERVICE_ROLE " LOGIN BYPASSRLS";

static bool make_database(const struct cloud *cloud)
{
    PGconn *connection = connect_to(cloud, "postgres");
    bool made = connection != NULL &&
                execute(connection, "roles", slice_of(roles)) &&
                execute(connection, "database",
                        slice_of("CREATE DATABASE " SERVICES_DATABASE));

    PQfinish(connection);
    return made;
}

int database_setup_run(const void *state)
{
    const struct cloud *cloud = state;
    PGconn *connection = NULL;
    bool done = false;

    if (make_database(cloud))
        connection = connect_to(cloud, SERVICES_DATABASE);
    if (connection != NULL)
        done = apply_all(connection, cloud->options);
    PQfinish(connection);
    return done ? 0 : 1;
}
