/* Right operations files: who is served, and what a cache may keep of it. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "count.h"
#include "operation_file.h"

#define CACHED "'method':'GET','path':'/x'," CALL ",'cache_control':"

/* The file's word and the operation's own; NULL: neither is there. */
static const struct {
    const char *file, *own;
    bool secret;
} callers[] = {
    {NULL, NULL, false},         {NULL, "anyone", false},
    {NULL, "secret", true},      {"anyone", NULL, false},
    {"anyone", "secret", true},  {"secret", NULL, true},
    {"secret", "anyone", false}, {"secret", "secret", true},
};

static void write_callers(char text[40], const char *word)
{
    text[0] = '\0';
    if (word)
        (void)snprintf(text, 40, ",'callers':'%s'", word);
}

/* A cache would not ask for the secret, so it gets nothing to keep. */
Test(operation_callers, its_own_word_comes_before_the_files)
{
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct operations operations;
        struct buffer mistakes;
        char own[40];
        char beside[40];
        char file[300];

        write_callers(own, callers[i].own);
        write_callers(beside, callers[i].file);
        (void)snprintf(file, sizeof(file),
                       "{'operations':[{" CACHED "'public'%s}]%s}", own,
                       beside);
        buffer_init(&mistakes, 1000);
        cr_assert(operation_file_read(file, &operations, &mistakes), "%s: %s",
                  file, mistakes.data);
        cr_expect_eq(operations.list[0].wants_secret, callers[i].secret, "%s",
                     file);
        cr_expect_eq(operations.list[0].cache_control == NULL,
                     callers[i].secret, "%s", file);
        operations_release(&operations);
        buffer_release(&mistakes);
    }
}

Test(operation_callers, cache_control_has_200_characters_at_most)
{
    for (int len = 200; len <= 201; len++) {
        struct operations operations;
        struct buffer mistakes;
        char file[400];

        (void)snprintf(file, sizeof(file), FILE_OF(CACHED "'%0*d'"), len, 0);
        buffer_init(&mistakes, 1000);
        cr_expect_eq(operation_file_read(file, &operations, &mistakes),
                     len == 200);
        operations_release(&operations);
        buffer_release(&mistakes);
    }
}
