/*
 * One step a phase: each takes what it can and says whether it got on.  A body
 * that is too long is read to its end and dropped before it is rejected, so
 * that a client that sends all of it before it listens hears why.
 */
#include "http/framing.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#define HEX "0123456789abcdefABCDEF"

/* Fits into 63 bits. */
#define SIZE_DIGITS 15

static const char long_line[] =
    "414 URI Too Long: the request line is longer than allowed";
static const char long_head[] =
    "431 Request Header Fields Too Large: the head is longer than allowed";
static const char long_body[] =
    "413 Content Too Large: the body is longer than allowed";
static const char bad_bytes[] = "400 Bad Request: a NUL in the head";
static const char bad_size[] = "400 Bad Request: the size of a chunk is none";
static const char bad_end[] =
    "400 Bad Request: a chunk does not end where its size says";

struct framing *framing_new(const struct framing_limits *limits)
{
    struct framing *framing = calloc(1, sizeof(*framing));

    if (framing == NULL)
        return NULL;
    *framing = (struct framing){
        .limits = *limits,
        .head = HEAD_DEFAULTS,
        .in = evbuffer_new(),
        .kept = evbuffer_new(),
    };
    if (framing->in != NULL && framing->kept != NULL)
        return framing;
    framing_free(framing);
    return NULL;
}

void framing_free(struct framing *framing)
{
    if (framing == NULL)
        return;
    if (framing->in != NULL)
        evbuffer_free(framing->in);
    if (framing->kept != NULL)
        evbuffer_free(framing->kept);
    free(framing);
}

/* In place of the head, if that was not passed on; else as the body's end. */
static bool reject(struct framing *f, struct evbuffer *out, const char *why)
{
    if (f->phase == FRAMING_HEAD || f->phase == FRAMING_BODY) {
        evbuffer_add_printf(out, "%s / HTTP/1.1\r\n\r\n",
                            f->head.is_head ? "HEAD" : "GET");
        f->passed++;
    } else {
        evbuffer_add_printf(out, "0\r\n\r\n");
    }
    f->rejection = why;
    f->phase = FRAMING_REJECTED;
    return true;
}

static bool start_over(struct framing *f)
{
    f->head = HEAD_DEFAULTS;
    f->line_bytes = 0;
    f->body_bytes = 0;
    f->phase = FRAMING_HEAD;
    return true;
}

/*
 * The next line, to be freed.  NULL: it has not all come, or is LONG as it may
 * not be, together with those before it.
 */
static char *next_line(struct framing *f, size_t *len, bool *is_long)
{
    char *line = evbuffer_readln(f->in, len, EVBUFFER_EOL_CRLF);
    size_t waiting = line != NULL ? 0 : evbuffer_get_length(f->in);

    if (line != NULL)
        f->line_bytes += *len + 2;
    *is_long = f->line_bytes + waiting > f->limits.max_head_bytes;
    if (!*is_long)
        return line;
    free(line);
    return NULL;
}

static bool end_head(struct framing *f, struct evbuffer *out)
{
    const char *why = head_check(&f->head);

    f->left = f->head.content_length;
    if (f->left > (int64_t)f->limits.max_body_bytes)
        f->rejection = long_body;
    if (why != NULL || (f->rejection != NULL && f->head.expects))
        return reject(f, out, why != NULL ? why : f->rejection);
    if (f->rejection == NULL) {
        evbuffer_add_buffer(out, f->kept);
        evbuffer_add(out, "\r\n", 2);
        f->passed++;
    }
    f->line_bytes = 0;
    if (f->head.chunked)
        f->phase = FRAMING_CHUNK_SIZE;
    else if (f->left > 0)
        f->phase = FRAMING_BODY;
    else
        return start_over(f);
    return true;
}

static bool read_head(struct framing *f, struct evbuffer *out)
{
    bool is_long;
    size_t len;
    char *line = next_line(f, &len, &is_long);
    const char *why = NULL;

    /* The target's fault where it is the larger part. */
    if (is_long)
        return reject(f, out,
                      f->head.line_len == 0 ||
                              f->head.line_len > f->limits.max_head_bytes / 2
                          ? long_line
                          : long_head);
    if (line == NULL)
        return false;
    if (strlen(line) != len)
        why = bad_bytes;
    else if (len > 0)
        why = head_take(&f->head, line);
    if (why == NULL && len > 0)
        evbuffer_add_printf(f->kept, "%s\r\n", line);
    free(line);
    if (why != NULL)
        return reject(f, out, why);
    /* Empty lines before a request mean nothing (RFC 9112, section 2.2). */
    return len > 0 || f->head.line_len == 0 || end_head(f, out);
}

/* Pass on what there is of the body or chunk; true at its end. */
static bool pass_bytes(struct framing *f, struct evbuffer *out)
{
    size_t len = evbuffer_get_length(f->in);

    if ((int64_t)len > f->left)
        len = (size_t)f->left;
    if (f->rejection != NULL)
        evbuffer_drain(f->in, len);
    else
        evbuffer_remove_buffer(f->in, out, len);
    f->left -= (int64_t)len;
    return f->left == 0;
}

static bool read_body(struct framing *f, struct evbuffer *out)
{
    if (!pass_bytes(f, out))
        return false;
    return f->rejection != NULL ? reject(f, out, f->rejection) : start_over(f);
}

/* "1a3 ; name=value": what comes after the size is ignored. */
static bool read_size(const char *line, int64_t *size)
{
    size_t digits = strspn(line, HEX);
    const char *rest = line + digits + strspn(line + digits, " \t");

    *size = strtoll(line, NULL, 16);
    return digits > 0 && digits <= SIZE_DIGITS &&
           (*rest == '\0' || *rest == ';');
}

static bool read_chunk_size(struct framing *f, struct evbuffer *out)
{
    bool is_long;
    size_t len;
    char *line = next_line(f, &len, &is_long);
    bool good;

    if (line == NULL)
        return is_long && reject(f, out, bad_size);
    good = read_size(line, &f->left);
    free(line);
    if (!good)
        return reject(f, out, bad_size);
    f->body_bytes += f->left;
    if (f->body_bytes > (int64_t)f->limits.max_body_bytes)
        return reject(f, out, long_body);
    f->phase = f->left > 0 ? FRAMING_CHUNK : FRAMING_TRAILER;
    f->line_bytes = 0;
    if (f->left > 0)
        evbuffer_add_printf(out, "%llx\r\n", (unsigned long long)f->left);
    return true;
}

static bool read_chunk(struct framing *f, struct evbuffer *out)
{
    if (!pass_bytes(f, out))
        return false;
    f->phase = FRAMING_CHUNK_END;
    return true;
}

static bool read_chunk_end(struct framing *f, struct evbuffer *out)
{
    char end[2] = "";

    if (evbuffer_copyout(f->in, end, sizeof(end)) < (ev_ssize_t)sizeof(end))
        return false;
    if (memcmp(end, "\r\n", sizeof(end)) != 0)
        return reject(f, out, bad_end);
    evbuffer_remove_buffer(f->in, out, sizeof(end));
    f->phase = FRAMING_CHUNK_SIZE;
    return true;
}

/* Trailers are no header fields (RFC 9110, section 6.5.1): they are dropped. */
static bool read_trailer(struct framing *f, struct evbuffer *out)
{
    bool is_long;
    size_t len;
    char *line = next_line(f, &len, &is_long);

    if (line == NULL)
        return is_long && reject(f, out, long_head);
    free(line);
    if (len > 0)
        return true;
    evbuffer_add_printf(out, "0\r\n\r\n");
    return start_over(f);
}

static bool step(struct framing *f, struct evbuffer *out)
{
    switch (f->phase) {
    case FRAMING_HEAD:
        return read_head(f, out);
    case FRAMING_BODY:
        return read_body(f, out);
    case FRAMING_CHUNK_SIZE:
        return read_chunk_size(f, out);
    case FRAMING_CHUNK:
        return read_chunk(f, out);
    case FRAMING_CHUNK_END:
        return read_chunk_end(f, out);
    case FRAMING_TRAILER:
        return read_trailer(f, out);
    case FRAMING_REJECTED:
        evbuffer_drain(f->in, evbuffer_get_length(f->in));
        break;
    }
    return false;
}

void framing_pass(struct framing *framing, struct evbuffer *out)
{
    while (step(framing, out))
        continue;
}
