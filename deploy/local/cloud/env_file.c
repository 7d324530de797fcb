#include "env_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cloud.h"

#define MARK "# local cloud in "
#define FILE_MAX (64UL * 1024)

/* Append NAME='VALUE', quoted so that any shell reads it back unchanged. */
static bool add(struct buffer *out, const char *name, const char *value)
{
    bool added = buffer_append_format(out, "%s='", name);

    for (const char *at = value; added && *at != '\0'; at++) {
        if (*at == '\'')
            added = buffer_append_text(out, "'\\''");
        else
            added = buffer_append(out, at, 1);
    }
    return added && buffer_append_text(out, "'\n");
}

static bool add_url(struct buffer *out, const struct cloud *cloud,
                    const char *name, enum cloud_listener listener,
                    const char *path)
{
    bool tls = listener == CLOUD_KV_TLS || listener == CLOUD_SQL_TLS;
    char url[128];

    (void)snprintf(url, sizeof(url), "%s://%s:%d%s", tls ? "https" : "http",
                   tls ? "localhost" : "127.0.0.1", cloud_port(cloud, listener),
                   path);
    return add(out, name, url);
}

static bool add_addresses(struct buffer *out, const struct cloud *cloud)
{
    const struct {
        const char *name;
        enum cloud_listener listener;
        const char *path;
    } urls[] = {
        {"FUNCTION_URL", CLOUD_FRONT, ""},
        {"CONTROL_URL", CLOUD_CONTROL, ""},
        {"RUNTIME_API", CLOUD_RUNTIME, ""},
        {"UPSTASH_REDIS_REST_URL", CLOUD_KV, ""},
        {"UPSTASH_REDIS_REST_URL_TLS", CLOUD_KV_TLS, ""},
        {"SQL_URL", CLOUD_SQL, "/sql"},
        {"SQL_URL_TLS", CLOUD_SQL_TLS, "/sql"},
        {"REST_URL", CLOUD_SQL, ""},
        {"REST_URL_TLS", CLOUD_SQL_TLS, ""},
    };

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        if (!add_url(out, cloud, urls[i].name, urls[i].listener, urls[i].path))
            return false;
    }
    return true;
}

static bool add_all(struct buffer *out, const struct cloud *cloud)
{
    char database[256];

    (void)snprintf(database, sizeof(database),
                   "postgresql://" SERVICES_DATABASE "@/" SERVICES_DATABASE
                   "?host=%s&port=5432",
                   cloud->services.postgres_dir);
    return buffer_append_format(out, MARK "%s\n", cloud->dir) &&
           add_addresses(out, cloud) &&
           add(out, "UPSTASH_REDIS_REST_TOKEN", cloud->kv_token) &&
           add(out, "DATABASE_URL", database) &&
           add(out, "NEON_CONNECTION_STRING", cloud->neon_connection_string) &&
           add(out, "SERVICE_KEY", cloud->service_key) &&
           add(out, "REDIS_SOCKET", cloud->services.redis_socket) &&
           add(out, "CA_FILE", cloud->ca.ca);
}

static void make_parents(const char *path)
{
    char dir[PATH_MAX];

    for (const char *at = strchr(path + 1, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        (void)snprintf(dir, sizeof(dir), "%.*s", (int)(at - path), path);
        mkdir(dir, 0777);
    }
}

static bool write_whole(const char *path, struct slice text, struct error *err)
{
    char part[PATH_MAX];
    int len = snprintf(part, sizeof(part), "%s.%d", path, (int)getpid());
    int fd = -1;
    bool written;

    make_parents(path);
    if (len < PATH_MAX)
        fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    written = fd >= 0 && write(fd, text.at, text.len) == (ssize_t)text.len;
    if (!written || rename(part, path) != 0) {
        error_set(err, "write %s: %s", path, strerror(errno));
        written = false;
    }
    if (fd >= 0) {
        close(fd);
        if (!written)
            unlink(part);
    }
    return written;
}

bool env_file_write(const struct cloud *cloud, struct error *err)
{
    struct buffer text;
    bool written;

    buffer_init(&text, FILE_MAX);
    if (add_all(&text, cloud)) {
        written = write_whole(cloud->env_file, buffer_slice(&text), err);
    } else {
        error_set(err, "write %s: too long", cloud->env_file);
        written = false;
    }
    buffer_release(&text);
    return written;
}

void env_file_remove(const char *path, const char *dir)
{
    char want[PATH_MAX];
    char line[PATH_MAX];
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return;
    (void)snprintf(want, sizeof(want), MARK "%s\n", dir);
    if (fgets(line, sizeof(line), file) != NULL && strcmp(line, want) == 0)
        unlink(path);
    (void)fclose(file);
}
