#include "operation_file.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

bool operation_file_read(const char *file, struct operations *operations,
                         struct buffer *mistakes)
{
    const struct operation_limits limits = {.work_ms = 5000};
    char *text = strdup(file);
    bool fine;

    for (char *at = text; *at; at++) {
        if (*at == '\'')
            *at = '"';
    }
    fine = operations_read(operations, slice_of(text), &limits, mistakes);
    free(text);
    cr_expect_eq(operations->count > 0, fine, "%s", file);
    return fine;
}

/* MISTAKES with the places written out. */
static void write_out(const char *mistakes, struct buffer *out)
{
    bool begins = true;

    buffer_init(out, 8192);
    for (; *mistakes; mistakes++) {
        if (begins && (*mistakes == '.' || *mistakes == ':'))
            cr_assert(buffer_append_text(out, "operations[0]"));
        cr_assert(buffer_append(out, mistakes, 1));
        begins = *mistakes == '\n';
    }
}

void operation_file_expect(const struct wrong_file files[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct operations operations;
        struct buffer mistakes;
        struct buffer right;

        write_out(files[i].mistakes, &right);
        buffer_init(&mistakes, 8192);
        cr_expect(!operation_file_read(files[i].file, &operations, &mistakes),
                  "%s", files[i].file);
        cr_expect_str_eq(buffer_slice(&mistakes).at, right.data,
                         "%s\nsays:\n%s\nnot:\n%s", files[i].file,
                         buffer_slice(&mistakes).at, right.data);
        buffer_release(&right);
        buffer_release(&mistakes);
    }
}
