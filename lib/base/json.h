/*
 * json: reading and building JSON (RFC 8259), with limits, on cJSON.
 *
 * The only module that includes cJSON.  It adds what a program that faces the
 * internet needs and cJSON leaves to its caller:
 *
 * - ceilings on bytes, depth and number of values;
 * - strings are valid UTF-8 (RFC 3629) without control characters and without
 *   U+0000, which would cut a C string short and make two names equal;
 * - an object that names a key twice is rejected if the limits say so: two
 *   readers may each believe a different one of the two;
 * - key look-ups are case-sensitive;
 * - numbers are written as RFC 8259 has it: no "01", no "1.";
 * - integers are exact: a number past 2^53 - 1 or with a fraction is no
 *   integer, even if a double would round the fraction away.
 *
 * Reading:
 *
 *     struct json_document doc;
 *     struct error err;
 *
 *     if (!json_parse(&doc, text, &limits, &err))
 *         malformed, err says where and what; doc is empty
 *     name = json_string(json_get(doc.root, "name"));
 *     json_release(&doc);
 *
 * Writing, straight into a buffer and front to back: a failure marks the
 * writer, and json_write_finish reports it, so that the lines in between need
 * no checks.
 *
 *     struct json_writer object = json_write_object_into(buffer);
 *     json_write_array(&object, "list");
 *     json_write_integer(&object, NULL, 7);
 *     json_write_end(&object);            the list ends
 *     json_write_string(&object, "name", "value");
 *     if (!json_write_finish(&object))    the object ends
 *         out of memory, or too long for the buffer, which is as it was
 *
 * Building, if it grows at more than one place; failures are kept likewise.
 *
 *     struct json *object = json_new_object(&doc);
 *     json_add_string(&doc, object, "name", "value");
 *     if (!json_print(&doc, buffer))
 *         out of memory, or too long for the buffer
 *     json_release(&doc);
 */
#ifndef BOUNCER_JSON_H
#define BOUNCER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * The largest integer that every JSON implementation keeps exactly
 * (RFC 8259 section 6: 2^53 - 1).
 */
#define JSON_INTEGER_MAX 9007199254740991LL

/* A value inside a document; lives as long as the document. */
struct json;

struct json_document {
    struct json *root;        /* NULL: empty */
    bool failed;              /* building only: something did not fit */
    struct json_items *items; /* reading only: all of it, or kept */
};

/* The deepest nesting that limits can allow, since reading recurses. */
#define JSON_DEPTH_MAX 64

struct json_limits {
    size_t max_bytes;  /* of the whole text */
    size_t max_depth;  /* of nested arrays and objects; at most
                          JSON_DEPTH_MAX */
    size_t max_values; /* of all elements, members and keys together */
    bool unique_keys;  /* reject an object that names a key twice */
    bool by_line; /* tell a mistake's line, from 1; else its byte, from 0 */
};

enum json_type {
    JSON_NONE = 0, /* there is no such value */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/*
 * Parse TEXT, which must hold one JSON value and otherwise only white space.
 * The document copies what it needs from TEXT.  False with the reason in ERR,
 * and an empty document, where TEXT is malformed or over a limit.
 */
__attribute__((warn_unused_result)) bool
json_parse(struct json_document *doc, struct slice text,
           const struct json_limits *limits, struct error *err);

/*
 * The same for a document that is all zero or was parsed before.  It takes over
 * the memory of the one before, so that reading allocates nothing when warm;
 * also a failure keeps that, until json_release.
 */
__attribute__((warn_unused_result)) bool
json_parse_again(struct json_document *doc, struct slice text,
                 const struct json_limits *limits, struct error *err);

/* Free the document; it is empty then.  Does nothing to an empty one. */
void json_release(struct json_document *doc);

/* Empty the document; a usual one's memory stays for json_parse_again. */
void json_clear(struct json_document *doc);

/* The type of VALUE; JSON_NONE for NULL. */
enum json_type json_type(const struct json *value);

/* The member KEY of an object; NULL if there is none, or it is no object. */
const struct json *json_get(const struct json *object, const char *key);

/* The element INDEX of an array; NULL past its end, or if it is no array. */
const struct json *json_at(const struct json *array, size_t index);

/* How many elements or members VALUE has; 0 for anything else. */
size_t json_count(const struct json *value);

/*
 * Walk the elements or members in order:
 *     for (v = json_first(list); v; v = json_next(v))
 */
const struct json *json_first(const struct json *value);
const struct json *json_next(const struct json *value);

/* The key of a member; NULL for an element of an array. */
const char *json_key(const struct json *member);

/* The text of a string; {NULL, 0} for anything else.  NUL-terminated. */
struct slice json_string(const struct json *value);

/*
 * Whether VALUE is a number without a fraction, from -JSON_INTEGER_MAX to
 * JSON_INTEGER_MAX; *INTEGER is set only then.
 */
__attribute__((warn_unused_result)) bool json_integer(const struct json *value,
                                                      int64_t *integer);

/* The number of VALUE as a double; 0 where it is no number. */
double json_number(const struct json *value);

/* Whether VALUE is `true`. */
bool json_is_true(const struct json *value);

/* Start an empty document whose root is a new object or array. */
struct json *json_new_object(struct json_document *doc);
struct json *json_new_array(struct json_document *doc);

/*
 * Add to PARENT, an object (KEY names the member) or an array (KEY is NULL).
 * Texts are copied and must be UTF-8.  A NULL parent or text, and a lack of
 * memory, mark the document as failed.  json_add_object and json_add_array
 * return the new value, NULL on failure.
 */
struct json *json_add_object(struct json_document *doc, struct json *parent,
                             const char *key);
struct json *json_add_array(struct json_document *doc, struct json *parent,
                            const char *key);
void json_add_string(struct json_document *doc, struct json *parent,
                     const char *key, const char *text);
void json_add_integer(struct json_document *doc, struct json *parent,
                      const char *key, int64_t integer);
void json_add_number(struct json_document *doc, struct json *parent,
                     const char *key, double number);
void json_add_bool(struct json_document *doc, struct json *parent,
                   const char *key, bool value);
void json_add_null(struct json_document *doc, struct json *parent,
                   const char *key);

/* Add a deep copy of VALUE, which may belong to another document. */
void json_add_copy(struct json_document *doc, struct json *parent,
                   const char *key, const struct json *value);

/*
 * Append the document to BUFFER, without white space.  False where building
 * failed, memory ran out or the text is too long; the content is unchanged
 * then.
 */
__attribute__((warn_unused_result)) bool
json_print(const struct json_document *doc, struct buffer *buffer);

/* Objects and arrays that a writer can have open at once. */
#define JSON_WRITE_DEPTH_MAX (JSON_DEPTH_MAX + 8)

struct json_writer {
    struct buffer *buffer; /* nobody else changes it meanwhile */
    size_t begin;          /* how much stood there before */
    size_t depth;
    char closing[JSON_WRITE_DEPTH_MAX];
    bool failed;
};

/* Append a new object or array to BUFFER. */
struct json_writer json_write_object_into(struct buffer *buffer);
struct json_writer json_write_array_into(struct buffer *buffer);

/*
 * Write into the innermost object (KEY names the member) or array (KEY is
 * NULL).  Texts must be UTF-8; a NULL text marks the writer as failed.
 */
void json_write_object(struct json_writer *writer, const char *key);
void json_write_array(struct json_writer *writer, const char *key);
void json_write_string(struct json_writer *writer, const char *key,
                       const char *text);
void json_write_integer(struct json_writer *writer, const char *key,
                        int64_t integer);
void json_write_bool(struct json_writer *writer, const char *key, bool value);
void json_write_null(struct json_writer *writer, const char *key);

/* The same as json_write_string, for a text in parts. */
void json_write_begin_string(struct json_writer *writer, const char *key);
void json_write_part(struct json_writer *writer, const char *text);
void json_write_end_string(struct json_writer *writer);

/* Write what was read, with every digit of an integer.  NULL is a failure. */
void json_write_copy(struct json_writer *writer, const char *key,
                     const struct json *value);

/* End the innermost object or array. */
void json_write_end(struct json_writer *writer);

/* End all that is open.  On failure the buffer is as it was before. */
__attribute__((warn_unused_result)) bool
json_write_finish(struct json_writer *writer);

#endif
