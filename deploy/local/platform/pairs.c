/*
 * One growing array.  Names are compared one by one: a request has few of them.
 */
#include "platform/pairs.h"

#include <ctype.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

/* A header field's values, joined: more than any request may have. */
#define JOINED_MAX (64UL * 1024)

void pairs_release(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->list[i].name);
        free(pairs->list[i].value);
    }
    free(pairs->list);
    *pairs = (struct pairs){.list = NULL};
}

static bool grow(struct pairs *pairs)
{
    size_t capacity = pairs->capacity == 0 ? 16 : 2 * pairs->capacity;
    struct pair *list;

    if (pairs->count < pairs->capacity)
        return true;
    list = reallocarray(pairs->list, capacity, sizeof(*list));
    if (list == NULL)
        return false;
    pairs->list = list;
    pairs->capacity = capacity;
    return true;
}

bool pairs_add(struct pairs *pairs, struct slice name, struct slice value)
{
    struct pair pair;

    if (!grow(pairs))
        return false;
    pair.name = strndup(name.at, name.len);
    pair.value = strndup(value.at, value.len);
    if (pair.name == NULL || pair.value == NULL) {
        free(pair.name);
        free(pair.value);
        return false;
    }
    pairs->list[pairs->count++] = pair;
    return true;
}

bool pairs_copy(struct pairs *pairs, const struct pairs *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!pairs_add(pairs, slice_of(from->list[i].name),
                       slice_of(from->list[i].value)))
            return false;
    }
    return true;
}

const char *pairs_get(const struct pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (strcasecmp(pairs->list[i].name, name) == 0)
            return pairs->list[i].value;
    }
    return NULL;
}

void pairs_remove(struct pairs *pairs, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < pairs->count; i++) {
        if (strcasecmp(pairs->list[i].name, name) == 0) {
            free(pairs->list[i].name);
            free(pairs->list[i].value);
        } else {
            pairs->list[kept++] = pairs->list[i];
        }
    }
    pairs->count = kept;
}

void pairs_lower_names(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        for (char *at = pairs->list[i].name; *at != '\0'; at++)
            *at = (char)tolower((unsigned char)*at);
    }
}

/* ---- queries ---- */

/* TEXT decoded, or a copy where the result would be no text; NULL: memory. */
static char *decoded(struct slice text)
{
    char *raw = strndup(text.at, text.len);
    char *plain;
    size_t len = 0;

    if (raw == NULL)
        return NULL;
    plain = evhttp_uridecode(raw, 1, &len);
    if (plain != NULL && utf8_is_text((struct slice){plain, len})) {
        free(raw);
        return plain;
    }
    free(plain);
    return raw;
}

static bool add_decoded(struct pairs *pairs, struct slice name,
                        struct slice value)
{
    char *plain_name = decoded(name);
    char *plain_value = decoded(value);
    bool added = plain_name != NULL && plain_value != NULL &&
                 pairs_add(pairs, slice_of(plain_name), slice_of(plain_value));

    free(plain_name);
    free(plain_value);
    return added;
}

bool pairs_parse_query(struct pairs *pairs, const char *query, bool decode)
{
    bool added = true;

    while (added && *query != '\0') {
        struct slice part = {query, strcspn(query, "&")};
        struct slice name = {query, strcspn(query, "&=")};
        struct slice value = SLICE_EMPTY;

        if (name.len < part.len)
            value =
                (struct slice){query + name.len + 1, part.len - name.len - 1};
        if (part.len > 0)
            added = decode ? add_decoded(pairs, name, value)
                           : pairs_add(pairs, name, value);
        query += part.len;
        query += *query == '&';
    }
    return added;
}

/* ---- to JSON ---- */

static bool same_name(const struct pairs *pairs, size_t a, size_t b)
{
    return strcasecmp(pairs->list[a].name, pairs->list[b].name) == 0;
}

static bool came_before(const struct pairs *pairs, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (same_name(pairs, i, index))
            return true;
    }
    return false;
}

static size_t count_of(const struct pairs *pairs, size_t index)
{
    size_t count = 0;

    for (size_t i = index; i < pairs->count; i++)
        count += same_name(pairs, i, index);
    return count;
}

static void add_joined(const struct pairs *pairs, size_t index,
                       struct json_document *doc, struct json *object)
{
    struct buffer joined;
    bool added = true;

    buffer_init(&joined, JOINED_MAX);
    for (size_t i = index; i < pairs->count; i++) {
        if (same_name(pairs, i, index))
            added = added && (i == index || buffer_append_text(&joined, ",")) &&
                    buffer_append_text(&joined, pairs->list[i].value);
    }
    json_add_string(doc, object, pairs->list[index].name,
                    added && joined.len > 0 ? joined.data
                    : added                 ? ""
                                            : NULL);
    buffer_release(&joined);
}

static void add_last(const struct pairs *pairs, size_t index,
                     struct json_document *doc, struct json *object)
{
    size_t last = index;

    for (size_t i = index; i < pairs->count; i++) {
        if (same_name(pairs, i, index))
            last = i;
    }
    json_add_string(doc, object, pairs->list[index].name,
                    pairs->list[last].value);
}

static void add_list(const struct pairs *pairs, size_t index,
                     struct json_document *doc, struct json *object)
{
    struct json *list = json_add_array(doc, object, pairs->list[index].name);

    for (size_t i = index; i < pairs->count; i++) {
        if (same_name(pairs, i, index))
            json_add_string(doc, list, NULL, pairs->list[i].value);
    }
}

static void add_mixed(const struct pairs *pairs, size_t index,
                      struct json_document *doc, struct json *object)
{
    if (count_of(pairs, index) > 1)
        add_list(pairs, index, doc, object);
    else
        add_last(pairs, index, doc, object);
}

static void add_each(const struct pairs *pairs, struct json_document *doc,
                     struct json *object,
                     void (*add)(const struct pairs *pairs, size_t index,
                                 struct json_document *doc,
                                 struct json *object))
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (!came_before(pairs, i))
            add(pairs, i, doc, object);
    }
}

void pairs_add_joined(const struct pairs *pairs, struct json_document *doc,
                      struct json *object)
{
    add_each(pairs, doc, object, add_joined);
}

void pairs_add_last(const struct pairs *pairs, struct json_document *doc,
                    struct json *object)
{
    add_each(pairs, doc, object, add_last);
}

void pairs_add_lists(const struct pairs *pairs, struct json_document *doc,
                     struct json *object)
{
    add_each(pairs, doc, object, add_list);
}

void pairs_add_mixed(const struct pairs *pairs, struct json_document *doc,
                     struct json *object)
{
    add_each(pairs, doc, object, add_mixed);
}

/* ---- from JSON ---- */

static bool take(struct pairs *pairs, const char *name,
                 const struct json *value)
{
    char number[32];

    switch (json_type(value)) {
    case JSON_STRING:
        return pairs_add(pairs, slice_of(name), json_string(value));
    case JSON_NUMBER:
        (void)snprintf(number, sizeof(number), "%.15g", json_number(value));
        return pairs_add(pairs, slice_of(name), slice_of(number));
    case JSON_BOOL:
        return pairs_add(pairs, slice_of(name),
                         slice_of(json_is_true(value) ? "true" : "false"));
    case JSON_NONE:
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return false;
}

static bool take_list(struct pairs *pairs, const char *name,
                      const struct json *list)
{
    const struct json *value;

    for (value = json_first(list); value != NULL; value = json_next(value)) {
        if (!take(pairs, name, value))
            return false;
    }
    return true;
}

bool pairs_from_json(struct pairs *pairs, const struct json *object)
{
    const struct json *member;

    if (json_type(object) == JSON_NONE || json_type(object) == JSON_NULL)
        return true;
    if (json_type(object) != JSON_OBJECT)
        return false;
    for (member = json_first(object); member != NULL;
         member = json_next(member)) {
        bool taken = json_type(member) == JSON_ARRAY
                         ? take_list(pairs, json_key(member), member)
                         : take(pairs, json_key(member), member);

        if (!taken)
            return false;
    }
    return true;
}
