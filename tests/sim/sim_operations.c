/*
 * The shipped file's list is copied and restock added to it.  Where the file
 * gives a number of permits, the text has another one.
 */
#include "sim_operations.h"

#include <stdio.h>
#include <string.h>

static const struct json_limits limits = {
    .max_bytes = OPERATIONS_MAX_BYTES, .max_depth = 16, .max_values = 4096};

static bool read_file(const char *path, struct json_document *doc)
{
    struct buffer text;
    FILE *file = fopen(path, "r");
    char piece[4096];
    size_t len;
    bool read = file;

    buffer_init(&text, OPERATIONS_MAX_BYTES);
    while (read && (len = fread(piece, 1, sizeof(piece), file)) > 0)
        read = buffer_append(&text, piece, len);
    if (file)
        (void)fclose(file);
    *doc = (struct json_document){0};
    read = read && json_parse(doc, buffer_slice(&text), &limits, NULL);
    buffer_release(&text);
    return read;
}

/* The operations as text. */
static bool write_all(struct buffer *text)
{
    struct json_document shipped;
    struct json_document restock;
    struct json_document all;
    struct json *list =
        json_add_array(&all, json_new_object(&all), "operations");
    const struct json *one;
    bool written = read_file("function/operations.json", &shipped);

    written = read_file("tests/e2e/restock.json", &restock) && written;
    for (one = json_first(json_get(shipped.root, "operations")); one;
         one = json_next(one))
        json_add_copy(&all, list, NULL, one);
    json_add_copy(&all, list, NULL, restock.root);
    written = written && json_print(&all, text);
    json_release(&all);
    json_release(&restock);
    json_release(&shipped);
    return written;
}

/* Read TEXT with PERMITS, below 10, in place of its numbers. */
static bool read_with(struct operations *operations, struct buffer *text,
                      int permits)
{
    static const char name[] = "\"permits\":";
    const struct operation_limits no_limits = {0};
    struct buffer mistakes;
    char *at = text->data;
    bool read;

    while ((at = strstr(at, name))) {
        at += strlen(name);
        if (strspn(at, "123456789") != 1)
            return false;
        *at = (char)('0' + permits);
    }
    buffer_init(&mistakes, OPERATIONS_MAX_BYTES);
    read =
        operations_read(operations, buffer_slice(text), &no_limits, &mistakes);
    buffer_release(&mistakes);
    return read;
}

bool sim_operations_read(struct operations operations[WORLD_PERMITS])
{
    struct buffer text;
    bool read;

    buffer_init(&text, OPERATIONS_MAX_BYTES);
    read = write_all(&text) && strstr(text.data, "\"permits\":");
    for (size_t i = 0; read && i < WORLD_PERMITS; i++)
        read = read_with(&operations[i], &text, world_permits[i]);
    buffer_release(&text);
    return read;
}
