/*
 * fields: reads a request's input by a table of what it must hold.
 *
 *     static const struct field list[] = {
 *         {.name = "seat_id", .type = FIELD_STRING, .in_path = true,
 *          .required = true, .max = 20},
 *         {.name = "buyer", .type = FIELD_STRING, .required = true,
 *          .min = 1, .max = 200},
 *     };
 *
 * A field that stands in the path is read from there.  All others are members
 * of the JSON body, or parameters of the query.  In path and query, which are
 * percent-decoded, an integer is decimal digits, without leading zeros and with
 * a minus sign where it is negative; a boolean is `true` or `false`.
 *
 * Every mistake is named.  A member or a parameter that is not in the table is
 * one too: a misspelt "quantity" must not buy one.
 */
#ifndef BOUNCER_FIELDS_H
#define BOUNCER_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "guard/pattern.h"

#define FIELDS_MAX 16

/* The caller answers larger bodies with 413. */
#define FIELDS_BODY_MAX_BYTES (64UL * 1024)

enum field_type {
    FIELD_UNKNOWN = 0,
    FIELD_STRING,
    FIELD_INTEGER,
    FIELD_BOOLEAN,
};

struct field {
    const char *name; /* also the name of the SQL function's parameter */
    enum field_type type;
    bool required;            /* of a field in the path: always */
    bool in_path;             /* {name} is a segment of the path */
    bool names_lock;          /* a string held to [A-Za-z0-9_.-]+ */
    bool has_default;         /* for a field that is left out */
    int64_t min, max;         /* of the integer, or of a string's characters */
    int64_t integer_default;  /* of a boolean 0 or 1 */
    const char *text_default; /* of a string */
    const struct json *choices; /* an array of what it may be; NULL: any */
    struct pattern pattern;     /* of a string; may be none */
};

struct field_value {
    bool given;       /* false: left out, and no default: SQL NULL */
    const char *text; /* of a string; NUL-terminated; lives with the fields */
    int64_t integer;  /* of an integer; of a boolean 0 or 1 */
};

struct fields {
    const struct field *list;
    size_t count;                          /* 0: nothing was read */
    struct field_value values[FIELDS_MAX]; /* in the table's order */
    struct json_document document;         /* of the body */
    struct buffer decoded;                 /* from path and query; kept */
};

/* What a request's input must hold, and where it stands. */
struct fields_source {
    const struct field *list; /* the table; borrowed */
    size_t count;             /* at most FIELDS_MAX */
    struct slice path;        /* as sent, without prefix and trailing slash */
    const char *path_pattern; /* what it matched: "/api/seat/{seat_id}" */
    struct slice query;       /* as sent; read if !has_body */
    struct slice body;        /* read if has_body */
    bool has_body;            /* of POST, PUT, PATCH */
};

enum fields_outcome {
    FIELDS_UNKNOWN = 0,
    FIELDS_READ,
    FIELDS_NOT_JSON,  /* WHY says what is wrong with the body */
    FIELDS_NO_OBJECT, /* the body is JSON, but no object */
    FIELDS_INVALID,   /* MISTAKES names every mistake */
    FIELDS_NO_MEMORY,
};

/*
 * Read SOURCE.  FIELDS is zeroed or was read before; it keeps its memory
 * between requests, so reading a path or a query allocates nothing when warm.
 * It is empty unless the outcome is FIELDS_READ.  MISTAKES is the caller's to
 * release: of FIELDS_INVALID an object whose member `errors` is an array of
 * {"field": ..., "detail": ...}, else empty.
 */
__attribute__((warn_unused_result)) enum fields_outcome
fields_read(struct fields *fields, const struct fields_source *source,
            struct json_document *mistakes, struct error *why);

/* Forget the values; the memory for path and query is kept. */
void fields_clear(struct fields *fields);

/* Forget the values and free all memory. */
void fields_release(struct fields *fields);

/*
 * Append PATTERN to OUT, each {name} replaced by the value of that field:
 * "product:{product_id}".  False if a name is unknown, a value is missing, or
 * OUT is full.
 */
__attribute__((warn_unused_result)) bool
fields_expand(const struct fields *fields, const char *pattern,
              struct buffer *out);

#define FIELDS_MISTAKE_MAX 512

/*
 * Whether JSON may be the value of FIELD, a default in a table for example;
 * VALUE is set then.  Otherwise MISTAKE says what it must be: "must be a whole
 * number from 1 to 10".
 */
__attribute__((warn_unused_result)) bool
fields_judge(const struct field *field, const struct json *json,
             struct field_value *value, char mistake[FIELDS_MISTAKE_MAX]);

#endif
