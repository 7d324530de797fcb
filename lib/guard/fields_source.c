/*
 * The body's members stay where they were parsed.  Path and query are walked
 * once; each name and value is decoded to a C string in fields->decoded, for
 * which there is room from the start, so that nothing in it moves.
 */
#include "guard/fields_source.h"

#include <string.h>

#include "base/url.h"
#include "base/utf8.h"
#include "platform/message.h"

/* Enough for FIELDS_MAX members and as many mistakes. */
static const struct json_limits body_limits = {
    .max_bytes = FIELDS_BODY_MAX_BYTES,
    .max_depth = 4,
    .max_values = 64,
    .unique_keys = true,
};

/* A query could have thousands. */
#define MISTAKES_MAX (2 * (size_t)FIELDS_MAX)

#define UNREADABLE "must be percent-encoded UTF-8 without control characters"

void fields_add_mistake(struct fields_mistakes *mistakes, const char *name,
                        const char *detail)
{
    struct json *one;

    if (mistakes->count == 0) {
        json_new_object(&mistakes->document);
        mistakes->list = json_add_array(&mistakes->document,
                                        mistakes->document.root, "errors");
    }
    if (mistakes->count++ >= MISTAKES_MAX)
        return;
    one = json_add_object(&mistakes->document, mistakes->list, NULL);
    json_add_string(&mistakes->document, one, "field", name);
    json_add_string(&mistakes->document, one, "detail", detail);
}

/* The index of the field called NAME; fields->count if there is none. */
static size_t find_field(const struct fields *fields, struct slice name)
{
    size_t i = 0;

    while (i < fields->count && !slice_is(name, fields->list[i].name))
        i++;
    return i;
}

/*
 * The index of the field that NAME, in a body or a query, is for.  If there is
 * none, fields->count, and a mistake.
 */
static size_t find_named(const struct fields *fields, const char *name,
                         struct fields_mistakes *mistakes)
{
    const size_t i = find_field(fields, slice_of(name));

    if (i == fields->count)
        fields_add_mistake(mistakes, name, "is not known here");
    else if (fields->list[i].in_path)
        fields_add_mistake(mistakes, name, "belongs into the path alone");
    else
        return i;
    return fields->count;
}

/* ---- the body ---- */

static enum fields_outcome collect_body(struct fields *fields,
                                        struct slice body,
                                        struct fields_input inputs[FIELDS_MAX],
                                        struct fields_mistakes *mistakes,
                                        struct error *why)
{
    const struct json *member;

    if (!body.at)
        body = SLICE_EMPTY;
    if (!json_parse_again(&fields->document, body, &body_limits, why))
        return FIELDS_NOT_JSON;
    if (json_type(fields->document.root) != JSON_OBJECT)
        return FIELDS_NO_OBJECT;
    for (member = json_first(fields->document.root); member;
         member = json_next(member)) {
        const size_t i = find_named(fields, json_key(member), mistakes);

        if (i < fields->count)
            inputs[i].json = member;
    }
    return FIELDS_READ;
}

/* ---- path and query ---- */

/* Whether TEXT is UTF-8 without control characters, as no NUL may be in it. */
static bool is_clean(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    }
    return utf8_is_text(text);
}

/* TEXT decoded, as a C string; NULL if it cannot be read. */
static const char *decode(struct fields *fields, struct slice text,
                          bool plus_is_space)
{
    struct buffer *out = &fields->decoded;
    const size_t start = out->len;

    if (!url_decode(text, plus_is_space, out) ||
        !is_clean((struct slice){out->data + start, out->len - start}) ||
        !buffer_append(out, "", 1))
        return NULL;
    return out->data + start;
}

static void collect_path(struct fields *fields,
                         const struct fields_source *source,
                         struct fields_input inputs[FIELDS_MAX],
                         struct fields_mistakes *mistakes)
{
    struct slice pattern = slice_of(source->path_pattern);
    struct slice path = source->path;
    struct slice name;
    struct slice value;

    while (url_next_segment(&pattern, &name) &&
           url_next_segment(&path, &value)) {
        size_t i;

        if (!name.len || name.at[0] != '{')
            continue;
        i = find_field(fields, (struct slice){name.at + 1, name.len - 2});
        if (i == fields->count)
            continue;
        inputs[i].text = decode(fields, value, false);
        inputs[i].spoilt = !inputs[i].text;
        if (inputs[i].spoilt)
            fields_add_mistake(mistakes, fields->list[i].name, UNREADABLE);
    }
}

/* Take one parameter, NAME=VALUE or NAME. */
static void collect_parameter(struct fields *fields, struct slice parameter,
                              struct fields_input inputs[FIELDS_MAX],
                              struct fields_mistakes *mistakes)
{
    const char *equals = memchr(parameter.at, '=', parameter.len);
    const size_t name_len =
        equals ? (size_t)(equals - parameter.at) : parameter.len;
    const char *name =
        decode(fields, (struct slice){parameter.at, name_len}, true);
    struct slice value = SLICE_EMPTY;
    const char *mistake = NULL;
    size_t i;

    if (!name) {
        fields_add_mistake(mistakes, "", "a parameter's name " UNREADABLE);
        return;
    }
    i = find_named(fields, name, mistakes);
    if (i == fields->count || inputs[i].spoilt)
        return;
    if (equals)
        value = (struct slice){equals + 1, parameter.len - name_len - 1};
    if (inputs[i].text)
        mistake = "is given twice";
    else if (!(inputs[i].text = value.len ? decode(fields, value, true) : ""))
        mistake = UNREADABLE;
    if (mistake)
        fields_add_mistake(mistakes, name, mistake);
    inputs[i].spoilt = mistake != NULL;
}

static void collect_query(struct fields *fields, struct slice query,
                          struct fields_input inputs[FIELDS_MAX],
                          struct fields_mistakes *mistakes)
{
    while (query.len) {
        const char *end = memchr(query.at, '&', query.len);
        const size_t len = end ? (size_t)(end - query.at) : query.len;

        if (len)
            collect_parameter(fields, (struct slice){query.at, len}, inputs,
                              mistakes);
        query.at += len + (end != NULL);
        query.len -= len + (end != NULL);
    }
}

/* Each name and value is followed by a NUL in place of a / & = or the end. */
static bool make_room(struct fields *fields, const struct fields_source *source)
{
    if (!fields->decoded.max_bytes)
        buffer_init(&fields->decoded, MESSAGE_TARGET_MAX_BYTES + 2);
    return buffer_reserve(&fields->decoded,
                          source->path.len +
                              (source->has_body ? 0 : source->query.len) + 2);
}

enum fields_outcome fields_collect(struct fields *fields,
                                   const struct fields_source *source,
                                   struct fields_input inputs[FIELDS_MAX],
                                   struct fields_mistakes *mistakes,
                                   struct error *why)
{
    if (!make_room(fields, source))
        return FIELDS_NO_MEMORY;
    collect_path(fields, source, inputs, mistakes);
    if (source->has_body)
        return collect_body(fields, source->body, inputs, mistakes, why);
    collect_query(fields, source->query, inputs, mistakes);
    return FIELDS_READ;
}
