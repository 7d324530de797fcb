/*
 * The lock is on the file itself.  Every process that is forked inherits the
 * descriptor, so the lock ends with the last of them.  Until all addresses are
 * known the file holds the mark alone.
 */
#include "cloud/env_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cloud/cloud.h"
#include "cloud/listeners.h"

#define MARK "# local cloud in "
#define DEFAULT "build/local/env"
#define FILE_MAX (64UL * 1024)

bool env_file_quote(struct buffer *out, const char *text)
{
    bool added = buffer_append_text(out, "'");

    for (const char *at = text; added && *at != '\0'; at++) {
        if (*at == '\'')
            added = buffer_append_text(out, "'\\''");
        else
            added = buffer_append(out, at, 1);
    }
    return added && buffer_append_text(out, "'");
}

static bool add(struct buffer *out, const char *name, const char *value)
{
    return buffer_append_format(out, "export %s=", name) &&
           env_file_quote(out, value) && buffer_append_text(out, "\n");
}

static bool add_url(struct buffer *out, const struct cloud *cloud,
                    const char *name, enum cloud_listener listener,
                    const char *path)
{
    bool tls = listener == CLOUD_KV_TLS || listener == CLOUD_SQL_TLS;
    char url[128];

    (void)snprintf(url, sizeof(url), "%s://%s:%d%s", tls ? "https" : "http",
                   tls ? "localhost" : "127.0.0.1",
                   listeners_port(cloud, listener), path);
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
           add(out, "BOUNCER_SECRET", cloud->secret) &&
           add(out, "REDIS_SOCKET", cloud->services.redis_socket) &&
           add(out, "CA_FILE", cloud->ca.ca) &&
           (cloud->options->verbose || add(out, "CLOUD_LOG", cloud->log));
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

/*
 * Open and lock the file at PATH; -1 with the reason in ERR, TAKEN if another
 * cloud has it.  Who had it may have removed it before we got the lock: then
 * that was not the file that is there now.
 */
static int claim(const char *path, bool *taken, struct error *err)
{
    struct stat ours, there;
    int fd;

    *taken = false;
    make_parents(path);
    while ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) >= 0) {
        *taken = flock(fd, LOCK_EX | LOCK_NB) != 0;
        if (*taken || fstat(fd, &ours) != 0)
            break;
        if (stat(path, &there) == 0 && there.st_ino == ours.st_ino &&
            there.st_dev == ours.st_dev)
            return fd;
        close(fd);
    }
    error_set(err, "%s: %s", path,
              *taken ? "it belongs to a local cloud that runs"
                     : strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool name(struct cloud *cloud, const char *given, const char *tail,
                 struct error *err)
{
    char here[PATH_MAX] = "";
    int len;

    if (given[0] != '/' && getcwd(here, sizeof(here) - 1) != NULL)
        memcpy(here + strlen(here), "/", 2);
    len = snprintf(cloud->env_file, sizeof(cloud->env_file), "%s%s%s", here,
                   given, tail);
    if (len < (int)sizeof(cloud->env_file))
        return true;
    error_set(err, "--env-file is too long");
    return false;
}

static bool write_whole(const struct cloud *cloud, const struct buffer *text,
                        struct error *err)
{
    if (fchmod(cloud->env_fd, 0600) == 0 &&
        pwrite(cloud->env_fd, text->data, text->len, 0) == (ssize_t)text->len &&
        ftruncate(cloud->env_fd, (off_t)text->len) == 0)
        return true;
    error_set(err, "write %s: %s", cloud->env_file, strerror(errno));
    return false;
}

/* The mark alone says whose the file is, until all addresses are in it. */
static bool write_mark(const struct cloud *cloud, struct error *err)
{
    struct buffer mark;
    bool written;

    buffer_init(&mark, FILE_MAX);
    written = buffer_append_format(&mark, MARK "%s\n", cloud->dir) &&
              write_whole(cloud, &mark, err);
    buffer_release(&mark);
    return written;
}

bool env_file_claim(struct cloud *cloud, struct error *err)
{
    const char *given = cloud->options->env_file;
    char tail[16];
    bool taken;

    if (!name(cloud, given != NULL ? given : DEFAULT, "", err))
        return false;
    cloud->env_fd = claim(cloud->env_file, &taken, err);
    if (taken && given == NULL) {
        (void)snprintf(tail, sizeof(tail), "-%d",
                       listeners_port(cloud, CLOUD_FRONT));
        if (!name(cloud, DEFAULT, tail, err))
            return false;
        cloud->env_fd = claim(cloud->env_file, &taken, err);
    }
    return cloud->env_fd >= 0 && write_mark(cloud, err);
}

bool env_file_write(const struct cloud *cloud, struct error *err)
{
    struct buffer text;
    bool written = false;

    buffer_init(&text, FILE_MAX);
    if (add_all(&text, cloud))
        written = write_whole(cloud, &text, err);
    else
        error_set(err, "write %s: too long", cloud->env_file);
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
