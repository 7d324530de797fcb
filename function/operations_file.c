/*
 * The whole file goes into memory and is parsed from there; the parsed document
 * keeps its own texts, so the memory is given back at once.
 */
#include "operations_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

#define NAME "operations.json"

/* Most files are read at once. */
#define READ_BYTES (16UL * 1024)

/* Append the file at PATH to TEXT; false with errno, or 0 if it is too large.
 */
static bool read_file(const char *path, struct buffer *text)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;

    if (file < 0)
        return false;
    errno = 0;
    while (got > 0 && buffer_reserve(text, READ_BYTES)) {
        got = read(file, text->data + text->len, READ_BYTES);
        text->len += got > 0 ? (size_t)got : 0;
        text->data[text->len] = '\0';
    }
    (void)close(file);
    return got == 0;
}

static void add_mistake(struct buffer *mistakes, const char *path,
                        const char *why)
{
    /* A full list is not an error: it has enough mistakes to begin with. */
    if (!buffer_append_format(mistakes, "%s%s: %s", mistakes->len ? "\n" : "",
                              path, why))
        return;
}

bool operations_file_read(struct operations *operations, const char *named,
                          const char *program,
                          const struct operation_limits *limits,
                          struct buffer *mistakes)
{
    char beside[PROGRAM_PATH_MAX] = NAME;
    const char *path = named;
    struct buffer text;
    bool good = false;

    *operations = (struct operations){0};
    if (!path && program_beside(beside, program, NAME))
        path = beside;
    buffer_init(&text, OPERATIONS_MAX_BYTES + READ_BYTES);
    if (!path)
        add_mistake(mistakes, NAME, "the path of this program is too long");
    else if (read_file(path, &text))
        good =
            operations_read(operations, buffer_slice(&text), limits, mistakes);
    else if (named)
        add_mistake(mistakes, named, errno ? strerror(errno) : "is too large");
    else
        add_mistake(mistakes, path,
                    "cannot be read: the file of the operations belongs "
                    "beside the program, or BOUNCER_OPERATIONS names it");
    buffer_release(&text);
    return good;
}
