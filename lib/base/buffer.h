/*
 * buffer: bytes that grow up to a ceiling; and slice: bytes that are borrowed.
 *
 * A buffer's ceiling is fixed at birth, so that no peer can make us allocate
 * more than its owner planned for.  What does not fit is refused whole: a
 * buffer never holds half of an append.  It is always NUL-terminated (the NUL
 * is not counted), so that text in it can be handed to C string functions.
 *
 *     struct buffer body;
 *
 *     buffer_init(&body, 64 * 1024);
 *     if (!buffer_append(&body, bytes, count))
 *         too large, or out of memory: body is as it was;
 *     buffer_clear(&body);        keep the memory, for the next request, but
 *                                 for what only an unusual one needs
 *     buffer_release(&body);      give it back
 *
 * Nothing is allocated before the first append.
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
    char *data;       /* NULL until the first append; then NUL-terminated */
    size_t len;       /* bytes in use, the NUL not counted */
    size_t capacity;  /* bytes allocated, the NUL's included */
    size_t max_bytes; /* ceiling of len */
};

/* An empty slice that is there, as opposed to {NULL, 0}. */
#define SLICE_EMPTY ((struct slice){"", 0})

/* The bytes of a C string, without its NUL; {NULL, 0} for NULL. */
struct slice slice_of(const char *text);

/* Whether both hold the same bytes.  None equals only none. */
bool slice_equal(struct slice a, struct slice b);

/* Whether A holds the bytes of TEXT; letters compare without case if asked. */
bool slice_is(struct slice a, const char *text);
bool slice_is_ignoring_case(struct slice a, const char *text);

/* A without leading and trailing spaces and tabs. */
struct slice slice_trim(struct slice a);

/*
 * Parse decimal digits with an optional minus sign, and nothing else, into
 * *VALUE.  False on anything else and on a value that does not fit.
 */
__attribute__((warn_unused_result)) bool slice_to_int(struct slice a,
                                                      long long *value);

/* Make an empty buffer that refuses to grow past MAX_BYTES. */
void buffer_init(struct buffer *buffer, size_t max_bytes);

/* Free the memory; the buffer is empty and usable, its ceiling as before. */
void buffer_release(struct buffer *buffer);

/* What a buffer keeps for the next request: more than the usual one needs. */
#define BUFFER_KEPT_MAX_BYTES (64UL * 1024)

/*
 * Forget the content and keep the memory; give it back where it is more than
 * BUFFER_KEPT_MAX_BYTES, so that one large request does not stay for ever.
 */
void buffer_clear(struct buffer *buffer);

/*
 * Make room for COUNT more bytes behind what is there, without changing the
 * length.  False past the ceiling or out of memory; nothing has changed then.
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
