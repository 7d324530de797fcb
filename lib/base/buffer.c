/*
 * The capacity doubles until the content and its NUL fit.  A formatted append
 * prints straight into the spare room, and a second time only if that was too
 * small.
 */
#include "base/buffer.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first allocation: one small JSON answer fits into it. */
#define FIRST_CAPACITY 256

struct slice slice_of(const char *text)
{
    return (struct slice){text, text ? strlen(text) : 0};
}

bool slice_equal(struct slice a, struct slice b)
{
    if (!a.at || !b.at)
        return !a.at && !b.at;
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

bool slice_equal_in_constant_time(struct slice a, struct slice b)
{
    /* Volatile: the compiler must not stop at the first difference. */
    volatile unsigned char difference = 0;

    if (!a.at || !b.at || a.len != b.len)
        return !a.at && !b.at;
    for (size_t i = 0; i < a.len; i++)
        difference |= (unsigned char)(a.at[i] ^ b.at[i]);
    return difference == 0;
}

bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_of(text));
}

bool slice_is_ignoring_case(struct slice a, const char *text)
{
    return a.at && a.len == strlen(text) && strncasecmp(a.at, text, a.len) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct slice slice_trim(struct slice a)
{
    while (a.len && is_blank(a.at[0])) {
        a.at++;
        a.len--;
    }
    while (a.len && is_blank(a.at[a.len - 1]))
        a.len--;
    return a;
}

bool slice_to_int(struct slice a, long long *value)
{
    bool negative = a.len && a.at[0] == '-';
    long long result = 0;

    if (a.len == (negative ? 1U : 0U))
        return false;
    for (size_t i = negative; i < a.len; i++) {
        int digit = a.at[i] - '0';

        if (digit < 0 || digit > 9 || result > (LLONG_MAX - digit) / 10)
            return false;
        result = result * 10 + digit;
    }
    *value = negative ? -result : result;
    return true;
}

void buffer_init(struct buffer *buffer, size_t max_bytes)
{
    *buffer = (struct buffer){.max_bytes = max_bytes};
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->data);
    buffer_init(buffer, buffer->max_bytes);
}

void buffer_clear(struct buffer *buffer)
{
    if (buffer->capacity > BUFFER_KEPT_MAX_BYTES) {
        buffer_release(buffer);
        return;
    }
    buffer->len = 0;
    if (buffer->data)
        buffer->data[0] = '\0';
}

static bool grow(struct buffer *buffer, size_t count)
{
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    char *data;

    while (capacity <= buffer->len + count)
        capacity *= 2;
    data = realloc(buffer->data, capacity);
    if (!data)
        return false;
    data[buffer->len] = '\0';
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool buffer_reserve(struct buffer *buffer, size_t count)
{
    if (count > buffer->max_bytes - buffer->len)
        return false;
    return buffer->len + count < buffer->capacity || grow(buffer, count);
}

bool buffer_append(struct buffer *buffer, const void *bytes, size_t count)
{
    if (!buffer_reserve(buffer, count))
        return false;
    if (count)
        memcpy(buffer->data + buffer->len, bytes, count);
    buffer->len += count;
    buffer->data[buffer->len] = '\0';
    return true;
}

bool buffer_append_text(struct buffer *buffer, const char *text)
{
    return buffer_append(buffer, text, strlen(text));
}

bool buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    const size_t room = buffer->data ? buffer->capacity - buffer->len : 0;
    va_list args;
    int count;

    va_start(args, format);
    count =
        vsnprintf(room ? buffer->data + buffer->len : NULL, room, format, args);
    va_end(args);
    if (count < 0 || !buffer_reserve(buffer, (size_t)count)) {
        if (room)
            buffer->data[buffer->len] = '\0';
        return false;
    }
    if ((size_t)count >= room) {
        va_start(args, format);
        (void)vsnprintf(buffer->data + buffer->len, (size_t)count + 1, format,
                        args);
        va_end(args);
    }
    buffer->len += (size_t)count;
    return true;
}

struct slice buffer_slice(const struct buffer *buffer)
{
    if (!buffer->data)
        return SLICE_EMPTY;
    return (struct slice){buffer->data, buffer->len};
}
