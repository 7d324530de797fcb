/*
 * fields: reads a request's JSON body by a table of what it must hold.
 *
 *     static const struct field list[] = {
 *         {.name = "product_id", .type = FIELD_INTEGER, .required = true,
 *          .min = 1, .max = JSON_INTEGER_MAX},
 *         {.name = "buyer", .type = FIELD_TEXT, .required = true,
 *          .min = 1, .max = 200},
 *     };
 *
 * A body that does not fit is answered with 400 and a problem document whose
 * member `errors` names every mistake.  A member that is not in the table is a
 * mistake too: a misspelt "quantity" must not buy one.
 */
#ifndef BOUNCER_FIELDS_H
#define BOUNCER_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "platform/message.h"

#define FIELDS_MAX 8

/* The caller answers larger bodies with 413. */
#define FIELDS_BODY_MAX_BYTES (64UL * 1024)

enum field_type {
    FIELD_TEXT,
    FIELD_INTEGER,
};

struct field {
    const char *name; /* also the name of the SQL function's parameter */
    enum field_type type;
    bool required;
    int64_t min, max;        /* of the integer, or of the text's characters */
    int64_t integer_default; /* if it is not required and missing */
    const char *alphabet;    /* characters a text may hold; NULL: any */
};

struct field_value {
    const char *text; /* NULL: missing; NUL-terminated; lives with the fields */
    int64_t integer;  /* of a FIELD_INTEGER */
};

struct fields {
    const struct field *list;
    size_t count;
    struct field_value values[FIELDS_MAX]; /* in the table's order */
    struct json_document document;
};

/*
 * Read BODY by the table LIST of COUNT fields (at most FIELDS_MAX), which is
 * borrowed.  False if BODY does not fit; RES is answered then, and FIELDS is
 * empty.
 */
__attribute__((warn_unused_result)) bool
fields_read(struct fields *fields, const struct field list[], size_t count,
            struct slice body, struct message_response *res);

void fields_release(struct fields *fields);

/* The value of field NAME; NULL if the table has no such field. */
const struct field_value *fields_get(const struct fields *fields,
                                     const char *name);

/*
 * Append PATTERN to OUT, with {name} replaced by the value of that field:
 * "product:{product_id}".  False if a name is unknown, a text is missing, or
 * OUT is full.
 */
__attribute__((warn_unused_result)) bool
fields_expand(const struct fields *fields, const char *pattern,
              struct buffer *out);

#endif
