/*
 * A table maps each path to a file, which goes out with the header fields that
 * the deployment sends.
 */
#include "platform/page.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/reply.h"

#define DIRECTORY "deploy/vercel/static"

struct part {
    const char *path;
    const char *file;
    const char *type;
};

static const struct part parts[] = {
    {"/", "index.html", "text/html; charset=utf-8"},
    {"/index.html", "index.html", "text/html; charset=utf-8"},
    {"/page.js", "page.js", "application/javascript; charset=utf-8"},
    {"/style.css", "style.css", "text/css; charset=utf-8"},
};

/* As config.json has them for a deployment. */
static const char *const fields[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
     "connect-src 'self'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"Cache-Control", "no-cache"},
};

static const struct part *find_part(struct evhttp_request *request)
{
    enum evhttp_cmd_type method = evhttp_request_get_command(request);
    const char *path =
        evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));

    if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD)
        return NULL;
    if (path == NULL || path[0] == '\0')
        path = "/";
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(parts[i].path, path) == 0)
            return &parts[i];
    }
    return NULL;
}

/* The content of FILE; NULL: there is none. */
static struct evbuffer *read_file(const char *file)
{
    struct evbuffer *content = evbuffer_new();
    char path[PATH_MAX];
    struct stat status;
    int fd;

    if (content == NULL)
        return NULL;
    (void)snprintf(path, sizeof(path), DIRECTORY "/%s", file);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &status) == 0 &&
        evbuffer_add_file(content, fd, 0, status.st_size) == 0)
        return content;
    if (fd >= 0)
        close(fd);
    evbuffer_free(content);
    return NULL;
}

bool page_show(struct evhttp_request *request)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    const struct part *part = find_part(request);
    struct evbuffer *content = part != NULL ? read_file(part->file) : NULL;

    if (content == NULL)
        return false;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        evhttp_add_header(headers, fields[i][0], fields[i][1]);
    evhttp_add_header(headers, "Content-Type", part->type);
    reply_send(request, HTTP_OK, NULL, content);
    evbuffer_free(content);
    return true;
}
