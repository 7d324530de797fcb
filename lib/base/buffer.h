/*
 * buffer: bytes that grow up to a ceiling; and slice: bytes that are borrowed.
 *
 * A buffer's ceiling is fixed at birth, so that no peer can make us allocate
 * more than its owner planned for: twice the ceiling at most, since the
 * capacity doubles.  An append that does not fit adds nothing.  The content is
 * NUL-terminated (the NUL is not counted), so that C string functions can read
 * it.
 *
 *     struct buffer body;
 *
 *     buffer_init(&body, 64 * 1024);
 *     if (!buffer_append(&body, bytes, count))
 *         too large, or out of memory: body is as it was;
 *     buffer_clear(&body);        empty it for the next request; keep the
 *                                 memory unless it is unusually much
 *     buffer_release(&body);      free the memory
 *
 * Nothing is allocated before the first append or reserve.
 */
#ifndef BOUNCER_BUFFER_H
#define BOUNCER_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed bytes; not NUL-terminated.  {NULL, 0} means "there is none". */
struct slice {
    const char *at;
    size_t len;
};

struct buffer {
    char *data;       /* NUL-terminated; NULL while nothing is allocated */
    size_t len;       /* bytes in use, the NUL not counted */
    size_t capacity;  /* bytes allocated, room for the NUL included */
    size_t max_bytes; /* ceiling of len */
};

/* An empty text, which is not the same as none, {NULL, 0}. */
#define SLICE_EMPTY ((struct slice){"", 0})

/* The bytes of a C string, without its NUL; {NULL, 0} for NULL. */
struct slice slice_of(const char *text);

/* Whether both hold the same bytes.  {NULL, 0} equals only {NULL, 0}. */
bool slice_equal(struct slice a, struct slice b);

/*
 * The same for a secret: the time it takes tells the lengths, and neither where
 * the bytes differ nor whether they do.
 */
bool slice_equal_in_constant_time(struct slice a, struct slice b);

/* Whether A holds the bytes of TEXT; the second ignores the case of letters. */
bool slice_is(struct slice a, const char *text);
bool slice_is_ignoring_case(struct slice a, const char *text);

/* A without leading and trailing spaces and tabs. */
struct slice slice_trim(struct slice a);

/*
 * Parse decimal digits with an optional minus sign, and nothing else, into
 * *VALUE.  False on anything else and past +-LLONG_MAX.
 */
__attribute__((warn_unused_result)) bool slice_to_int(struct slice a,
                                                      long long *value);

/* Make an empty buffer that never holds more than MAX_BYTES. */
void buffer_init(struct buffer *buffer, size_t max_bytes);

/* Free the memory; the buffer is empty and usable, its ceiling as before. */
void buffer_release(struct buffer *buffer);

/* The most memory that a cleared buffer keeps; a usual request needs less. */
#define BUFFER_KEPT_MAX_BYTES (64UL * 1024)

/*
 * Forget the content and keep the memory, but free more than
 * BUFFER_KEPT_MAX_BYTES: one large request must not hold its memory for ever.
 */
void buffer_clear(struct buffer *buffer);

/*
 * Make room for COUNT more bytes behind the content, without changing the
 * length.  False past the ceiling or out of memory; the buffer is unchanged
 * then.
 */
__attribute__((warn_unused_result)) bool buffer_reserve(struct buffer *buffer,
                                                        size_t count);

/* Append COUNT bytes; false as in buffer_reserve. */
__attribute__((warn_unused_result)) bool
buffer_append(struct buffer *buffer, const void *bytes, size_t count);

/* Append a C string; false as in buffer_reserve. */
__attribute__((warn_unused_result)) bool buffer_append_text(struct buffer *b,
                                                            const char *text);

/* Append what printf would print; false as in buffer_reserve. */
__attribute__((format(printf, 2, 3), warn_unused_result)) bool
buffer_append_format(struct buffer *buffer, const char *format, ...);

/* The content, borrowed until the next call that changes the buffer. */
struct slice buffer_slice(const struct buffer *buffer);

#endif
