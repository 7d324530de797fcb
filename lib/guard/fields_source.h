/* fields_source: what a request gives for each field, for fields.c alone. */
#ifndef BOUNCER_FIELDS_SOURCE_H
#define BOUNCER_FIELDS_SOURCE_H

#include "guard/fields.h"

/* What a request gives for one field. */
struct fields_input {
    const struct json *json; /* from the body; NULL: not there */
    const char *text;        /* from path or query; NULL: not there */
    bool spoilt;             /* a mistake has been named already */
};

/* A growing document of mistakes, and how many there are. */
struct fields_mistakes {
    struct json_document document; /* empty while there is no mistake */
    struct json *list;
    size_t count;
};

/* Name a mistake: NAME is a field's, or that of something unknown. */
void fields_add_mistake(struct fields_mistakes *mistakes, const char *name,
                        const char *detail);

/*
 * Find the input of each field of FIELDS in SOURCE, and what belongs to none.
 * FIELDS_READ, or why SOURCE cannot be read at all.
 */
__attribute__((warn_unused_result)) enum fields_outcome
fields_collect(struct fields *fields, const struct fields_source *source,
               struct fields_input inputs[FIELDS_MAX],
               struct fields_mistakes *mistakes, struct error *why);

#endif
