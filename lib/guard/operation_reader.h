/*
 * operation_reader: what the files of this module share while they read one
 * operations file.
 */
#ifndef BOUNCER_OPERATION_READER_H
#define BOUNCER_OPERATION_READER_H

#include "guard/operation.h"

/* "operations[0].input.properties.buyer" has ".input.properties." and "buyer".
 */
#define OPERATION_PLACE_PARTS 8

struct operation_reader {
    const struct operation_limits *limits;
    struct operation *operation; /* which is being read; NULL: none yet */
    size_t index;                /* of it */
    bool wants_secret;           /* of operations that do not say */
    const char *place[OPERATION_PLACE_PARTS]; /* inside of it */
    size_t place_len;
    struct buffer *mistakes;
    size_t mistake_count;
};

/* A text of the file, as a place or a mistake repeats it. */
#define OPERATION_TEXT "%.60s"

/*
 * Go on at a place inside of the present one: ".outcomes." and the NAME of one,
 * or "" behind ".lock".  Returns what operation_leave needs to go back.
 */
__attribute__((warn_unused_result)) size_t
operation_enter(struct operation_reader *reader, const char *part,
                const char *name);
void operation_leave(struct operation_reader *reader, size_t place_len);

/*
 * Name a mistake in MEMBER of the present place, or in the place itself if
 * MEMBER is "".  FORMAT makes the end of a sentence that begins with the place.
 */
__attribute__((format(printf, 3, 4))) void
operation_mistake(struct operation_reader *reader, const char *member,
                  const char *format, ...);

/*
 * Whether JSON is an object.  It is a mistake if not; so is each member that is
 * none of the COUNT NAMES.  MEMBERS gets those that are, in the names' order,
 * and NULL for each that is not there.
 */
bool operation_members(struct operation_reader *reader, const struct json *json,
                       const char *const names[], size_t count,
                       const struct json *members[]);

/*
 * Read JSON, which is called MEMBER: NULL, false or an unchanged NUMBER if it
 * is NULL.  What is not as it must be is a mistake, and read likewise.
 */
const char *operation_text(struct operation_reader *reader,
                           const struct json *json, const char *member);
const char *operation_required_text(struct operation_reader *reader,
                                    const struct json *json,
                                    const char *member);
bool operation_switch(struct operation_reader *reader, const struct json *json,
                      const char *member);
void operation_number(struct operation_reader *reader, const struct json *json,
                      const char *member, int64_t min, int64_t max,
                      int64_t *number);

/*
 * Zeroed memory, the caller's to free, for as many things of SIZE bytes as LIST
 * has elements or members.  A mistake and NULL if there is none.
 */
void *operation_table(struct operation_reader *reader, const struct json *list,
                      size_t size);

/* Whether JSON, which is MEMBER, may be a value of FIELD; a mistake if not. */
bool operation_value(struct operation_reader *reader, const char *member,
                     const struct json *json, const struct field *field,
                     struct field_value *value);

/*
 * Whether TEXT is [a-z_][a-z0-9_]* of 63 bytes at most, what PostgreSQL allows;
 * a word does not begin with an underscore.
 */
bool operation_is_name(const char *text);
bool operation_is_word(const char *text);

/* Whether NAME is an argument or a row's member with a meaning of ours. */
bool operation_is_reserved(const char *name);

/* How many bytes of TEXT a mistake repeats, for "%.*s". */
int operation_shown(struct slice text);

/* The field called NAME; NULL if there is none. */
struct field *operation_field(struct operation_reader *reader,
                              struct slice name);

/* Whether SEGMENT, of a path or a lock's name, is {name}; NAME is set then. */
bool operation_is_placeholder(struct slice segment, struct slice *name);

/*
 * The parts of an operation, in the order in which they are to be read: enum
 * and default must suit what path and lock make of their field, and the lock's
 * name is checked against complete fields.
 */
void operation_read_input(struct operation_reader *reader,
                          const struct json *input);
void operation_read_path(struct operation_reader *reader);
void operation_read_lock(struct operation_reader *reader,
                         const struct json *lock);
void operation_read_values(struct operation_reader *reader,
                           const struct json *input);
void operation_check_lock(struct operation_reader *reader);

/* Compile JSON, the member pattern of a property, for FIELD; NULL: none. */
void operation_read_pattern(struct operation_reader *reader,
                            const struct json *json, struct field *field);

/* Whether some path is meant by both A and B, with {name} at the same places.
 */
bool operation_same_path(const char *a, const char *b);

#endif
