/*
 * Two walks find every mistake: one over the table reads each field's member,
 * one over the body finds members that the table lacks.  The problem document
 * grows as they go.  Texts stay in the parsed document.
 */
#include "guard/fields.h"

#include <stdio.h>
#include <string.h>

/* Enough for FIELDS_MAX members and as many mistakes. */
static const struct json_limits body_limits = {
    .max_bytes = FIELDS_BODY_MAX_BYTES,
    .max_depth = 4,
    .max_values = 64,
    .unique_keys = true,
};

/* The problem document under construction, and how many mistakes it names. */
struct mistakes {
    struct json_document problem;
    struct json *list;
    size_t count;
};

static void add_mistake(struct mistakes *mistakes, const char *name,
                        const char *detail)
{
    struct json *one =
        json_add_object(&mistakes->problem, mistakes->list, NULL);

    json_add_string(&mistakes->problem, one, "field", name);
    json_add_string(&mistakes->problem, one, "detail", detail);
    mistakes->count++;
}

/* Count characters, as a person would, not bytes. */
static int64_t count_characters(const char *text)
{
    int64_t count = 0;

    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

static void read_integer(const struct field *field, const struct json *json,
                         struct field_value *value, struct mistakes *mistakes)
{
    char detail[128];

    if (json_integer(json, &value->integer) && value->integer >= field->min &&
        value->integer <= field->max)
        return;
    (void)snprintf(detail, sizeof(detail),
                   "must be a whole number from %lld to %lld",
                   (long long)field->min, (long long)field->max);
    add_mistake(mistakes, field->name, detail);
}

static void read_text(const struct field *field, const struct json *json,
                      struct field_value *value, struct mistakes *mistakes)
{
    char detail[160];
    struct slice text = json_string(json);

    value->text = text.at;
    if (!text.at || count_characters(text.at) < field->min ||
        count_characters(text.at) > field->max) {
        (void)snprintf(detail, sizeof(detail),
                       "must be a string of %lld to %lld characters",
                       (long long)field->min, (long long)field->max);
        add_mistake(mistakes, field->name, detail);
    } else if (field->alphabet &&
               strspn(text.at, field->alphabet) != text.len) {
        (void)snprintf(detail, sizeof(detail), "may hold only %s",
                       field->alphabet);
        add_mistake(mistakes, field->name, detail);
    }
}

static void read_field(const struct field *field, const struct json *root,
                       struct field_value *value, struct mistakes *mistakes)
{
    const struct json *json = json_get(root, field->name);

    *value = (struct field_value){.integer = field->integer_default};
    if (!json && field->required)
        add_mistake(mistakes, field->name, "is required");
    else if (json && field->type == FIELD_INTEGER)
        read_integer(field, json, value, mistakes);
    else if (json)
        read_text(field, json, value, mistakes);
}

static void find_unknown(const struct fields *fields, const struct json *root,
                         struct mistakes *mistakes)
{
    const struct json *member;

    for (member = json_first(root); member; member = json_next(member)) {
        if (!fields_get(fields, json_key(member)))
            add_mistake(mistakes, json_key(member), "is not known here");
    }
}

static bool parse(struct fields *fields, struct slice body,
                  struct message_response *res)
{
    struct error why;

    if (!body.at)
        body = SLICE_EMPTY;
    if (!json_parse(&fields->document, body, &body_limits, &why)) {
        message_problem(res, 400, "malformed-body",
                        "The body is not valid JSON", why.text);
        return false;
    }
    if (json_type(fields->document.root) == JSON_OBJECT)
        return true;
    message_problem(res, 400, "malformed-body", "The body is not a JSON object",
                    NULL);
    return false;
}

bool fields_read(struct fields *fields, const struct field list[], size_t count,
                 struct slice body, struct message_response *res)
{
    struct mistakes mistakes = {0};

    *fields = (struct fields){.list = list, .count = count};
    if (!parse(fields, body, res)) {
        fields_release(fields);
        return false;
    }
    json_new_object(&mistakes.problem);
    mistakes.list =
        json_add_array(&mistakes.problem, mistakes.problem.root, "errors");
    for (size_t i = 0; i < count; i++)
        read_field(&list[i], fields->document.root, &fields->values[i],
                   &mistakes);
    find_unknown(fields, fields->document.root, &mistakes);
    if (mistakes.count == 0) {
        json_release(&mistakes.problem);
        return true;
    }
    message_problem_with(res, 400, "invalid-fields",
                         "The body has missing or invalid fields", NULL,
                         &mistakes.problem);
    fields_release(fields);
    return false;
}

void fields_release(struct fields *fields)
{
    json_release(&fields->document);
    fields->count = 0;
}

const struct field_value *fields_get(const struct fields *fields,
                                     const char *name)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->list[i].name, name) == 0)
            return &fields->values[i];
    }
    return NULL;
}

/* Append the value of the field called NAME to TEXT. */
static bool append_value(const struct fields *fields, const char *name,
                         size_t name_len, struct buffer *text)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field_value *value = &fields->values[i];

        if (strlen(fields->list[i].name) != name_len ||
            memcmp(fields->list[i].name, name, name_len) != 0)
            continue;
        if (fields->list[i].type == FIELD_INTEGER)
            return buffer_append_format(text, "%lld",
                                        (long long)value->integer);
        return value->text && buffer_append_text(text, value->text);
    }
    return false;
}

bool fields_expand(const struct fields *fields, const char *pattern,
                   struct buffer *out)
{
    while (*pattern) {
        size_t literal = strcspn(pattern, "{");
        size_t name_len;

        if (!buffer_append(out, pattern, literal))
            return false;
        pattern += literal;
        if (!*pattern)
            break;
        name_len = strcspn(++pattern, "}");
        if (!append_value(fields, pattern, name_len, out))
            return false;
        pattern += name_len + (pattern[name_len] == '}');
    }
    return true;
}
