/*
 * pairs: names with values, in order, where a name may come more than once:
 * header fields and query parameters, and their ways into JSON.
 */
#ifndef BOUNCER_LOCAL_PAIRS_H
#define BOUNCER_LOCAL_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/json.h"

struct pair {
    char *name;
    char *value;
};

struct pairs {
    struct pair *list;
    size_t count;
    size_t capacity;
};

/* All zero is empty.  Free what it holds. */
void pairs_release(struct pairs *pairs);

/* Append copies; false where memory ran out. */
__attribute__((warn_unused_result)) bool
pairs_add(struct pairs *pairs, struct slice name, struct slice value);

/* Append copies of all of FROM; false where memory ran out. */
__attribute__((warn_unused_result)) bool pairs_copy(struct pairs *pairs,
                                                    const struct pairs *from);

/* The first value of NAME, without regard to case; NULL: none. */
const char *pairs_get(const struct pairs *pairs, const char *name);

/* Remove every NAME, without regard to case. */
void pairs_remove(struct pairs *pairs, const char *name);

/* Write the names in lower case. */
void pairs_lower_names(struct pairs *pairs);

/*
 * Split QUERY, of the form a=1&b=2, into PAIRS, percent-decoded if asked: what
 * is no UTF-8 text when decoded stays as it is.  False where memory ran out.
 */
__attribute__((warn_unused_result)) bool
pairs_parse_query(struct pairs *pairs, const char *query, bool decode);

/*
 * Add to OBJECT one member for each name: its values joined by commas, its
 * last value, a list of its values, or a list only where there are several.
 */
void pairs_add_joined(const struct pairs *pairs, struct json_document *doc,
                      struct json *object);
void pairs_add_last(const struct pairs *pairs, struct json_document *doc,
                    struct json *object);
void pairs_add_lists(const struct pairs *pairs, struct json_document *doc,
                     struct json *object);
void pairs_add_mixed(const struct pairs *pairs, struct json_document *doc,
                     struct json *object);

/*
 * Take over every member of OBJECT whose value is a text, a number or a
 * boolean, or a list of such.  False where one is something else, or memory
 * ran out; NULL and null are an empty object.
 */
__attribute__((warn_unused_result)) bool
pairs_from_json(struct pairs *pairs, const struct json *object);

#endif
