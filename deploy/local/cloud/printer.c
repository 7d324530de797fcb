/*
 * The log is a file, so that a slow terminal never keeps its writers waiting.
 * The printer reads what has grown, a few times a second.
 */
#include "cloud/printer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cloud/digest.h"
#include "platform/report.h"

#define PAUSE_NS 50000000L

/* A line that is longer is shown in pieces. */
#define TEXT_MAX (64UL * 1024)

struct printer {
    struct digest digest;
    struct buffer out;
    int fd;
    size_t len;
    char text[TEXT_MAX]; /* what was read and has no line's end yet */
};

/* Print what the digest has added to OUT; what does not FIT is in the log. */
static void print(struct printer *printer, bool fits)
{
    if (fits && printer->out.len > 0)
        report_write(buffer_slice(&printer->out));
    buffer_clear(&printer->out);
}

/* Digest the lines that are whole. */
static void take_lines(struct printer *printer)
{
    struct slice rest = {printer->text, printer->len};

    while (rest.len > 0) {
        const char *end = memchr(rest.at, '\n', rest.len);
        struct slice line = {rest.at, rest.len};

        if (end != NULL)
            line.len = (size_t)(end - rest.at);
        else if (rest.len < sizeof(printer->text))
            break;
        print(printer, digest_line(&printer->digest, line, &printer->out));
        rest.at += line.len + (end != NULL);
        rest.len -= line.len + (end != NULL);
    }
    memmove(printer->text, rest.at, rest.len);
    printer->len = rest.len;
}

static void take_news(struct printer *printer)
{
    ssize_t got;

    while ((got = read(printer->fd, printer->text + printer->len,
                       sizeof(printer->text) - printer->len)) > 0) {
        printer->len += (size_t)got;
        take_lines(printer);
    }
    print(printer, digest_tick(&printer->digest, &printer->out));
}

int printer_run(const void *state)
{
    static struct printer printer;
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    const char *path = state;
    sigset_t stop;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    printer.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (printer.fd < 0) {
        (void)fprintf(stderr, "read %s: %s\n", path, strerror(errno));
        return 1;
    }
    digest_init(&printer.digest, clock_system());
    buffer_init(&printer.out, 2 * TEXT_MAX);
    while (sigtimedwait(&stop, NULL, &pause) != SIGTERM)
        take_news(&printer);
    take_news(&printer);
    print(&printer, digest_end(&printer.digest, &printer.out));
    buffer_release(&printer.out);
    close(printer.fd);
    return 0;
}
