/*
 * Counts the allocations of the function itself, without those of its dynamic
 * libraries: the linker redirects its calls here (--wrap), and the program
 * prints the count when it ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The linker's names; no header declares them. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);

static long allocations;

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    allocations++;
    return __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    allocations++;
    return __real_strndup(text, len);
}

__attribute__((destructor)) static void tell(void)
{
    (void)fprintf(stderr, "\"allocations\":%ld\n", allocations);
}
