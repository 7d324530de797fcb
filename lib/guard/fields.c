/*
 * First each field's input is found, in the body, the path or the query
 * (fields_source.c), then each is judged by its row of the table.  The document
 * of mistakes begins with the first one and grows as they go.
 */
#include "guard/fields.h"

#include <stdio.h>
#include <string.h>

#include "guard/fields_source.h"

/* ---- the value of an input ---- */

/* Whether TEXT is a whole number, written in the only way there is. */
static bool read_digits(const char *text, int64_t *integer)
{
    const char *digits = text + (*text == '-');
    long long value;

    if (*digits == '0' && (digits[1] || digits != text))
        return false;
    if (!slice_to_int(slice_of(text), &value))
        return false;
    *integer = value;
    return true;
}

static bool read_integer(const struct fields_input *input, int64_t *integer)
{
    return input->json ? json_integer(input->json, integer)
                       : read_digits(input->text, integer);
}

static bool read_boolean(const struct fields_input *input, int64_t *integer)
{
    *integer = input->json ? json_is_true(input->json)
                           : strcmp(input->text, "true") == 0;
    return input->json ? json_type(input->json) == JSON_BOOL
                       : *integer || strcmp(input->text, "false") == 0;
}

static bool read_string(const struct fields_input *input, const char **text)
{
    *text = input->json ? json_string(input->json).at : input->text;
    return *text != NULL;
}

/* ---- whether a value fits ---- */

/* Count characters, as a person would, not bytes. */
static int64_t count_characters(const char *text)
{
    int64_t count = 0;

    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

static bool is_between(const struct field *field, int64_t number)
{
    return number >= field->min && number <= field->max;
}

/* Whether FIELD has the widest limits that there are for its type. */
static bool has_no_limits(const struct field *field)
{
    return field->type == FIELD_STRING
               ? field->min == 0 && field->max == FIELDS_BODY_MAX_BYTES
               : field->min == -JSON_INTEGER_MAX &&
                     field->max == JSON_INTEGER_MAX;
}

static bool judge_integer(const struct field *field,
                          const struct fields_input *input,
                          struct field_value *value, char *mistake)
{
    if (read_integer(input, &value->integer) &&
        is_between(field, value->integer))
        return true;
    if (has_no_limits(field))
        (void)snprintf(mistake, FIELDS_MISTAKE_MAX, "must be a whole number");
    else
        (void)snprintf(mistake, FIELDS_MISTAKE_MAX,
                       "must be a whole number from %lld to %lld",
                       (long long)field->min, (long long)field->max);
    return false;
}

static bool judge_boolean(const struct fields_input *input,
                          struct field_value *value, char *mistake)
{
    if (read_boolean(input, &value->integer))
        return true;
    (void)snprintf(mistake, FIELDS_MISTAKE_MAX, "must be true or false");
    return false;
}

static bool may_name_lock(const char *text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz"
                                   "0123456789_.-";

    return *text && text[strspn(text, alphabet)] == '\0';
}

static bool judge_string(const struct field *field,
                         const struct fields_input *input,
                         struct field_value *value, char *mistake)
{
    if (!read_string(input, &value->text) && has_no_limits(field))
        (void)snprintf(mistake, FIELDS_MISTAKE_MAX, "must be a string");
    else if (!value->text || !is_between(field, count_characters(value->text)))
        (void)snprintf(mistake, FIELDS_MISTAKE_MAX,
                       "must be a string of %lld to %lld characters",
                       (long long)field->min, (long long)field->max);
    else if (field->names_lock && !may_name_lock(value->text))
        (void)snprintf(mistake, FIELDS_MISTAKE_MAX,
                       "may hold only A-Z a-z 0-9 _ . - , since it names a "
                       "lock");
    else if (field->pattern.text &&
             !pattern_matches(&field->pattern, value->text))
        (void)snprintf(mistake, FIELDS_MISTAKE_MAX, "must match the pattern %s",
                       field->pattern.text);
    else
        return true;
    return false;
}

static bool is_choice(const struct json *choice, enum field_type type,
                      const struct field_value *value)
{
    int64_t integer;

    if (type == FIELD_STRING)
        return slice_is(json_string(choice), value->text);
    if (type == FIELD_BOOLEAN)
        return json_is_true(choice) == (value->integer != 0);
    return json_integer(choice, &integer) && integer == value->integer;
}

static bool append_choice(struct buffer *text, const char *separator,
                          const struct json *choice)
{
    const char *word = json_string(choice).at;
    int64_t integer;

    if (!word && json_integer(choice, &integer))
        return buffer_append_format(text, "%s%lld", separator,
                                    (long long)integer);
    if (!word)
        word = json_is_true(choice) ? "true" : "false";
    return buffer_append_format(text, "%s%s", separator, word);
}

/* "must be one of small, large", as far as there is room. */
static void list_choices(const struct field *field, char *mistake)
{
    const struct json *choice = json_first(field->choices);
    const char *separator = " ";
    struct buffer text;

    buffer_init(&text, FIELDS_MISTAKE_MAX - sizeof("must be one of, ..."));
    while (choice && append_choice(&text, separator, choice)) {
        separator = ", ";
        choice = json_next(choice);
    }
    (void)snprintf(mistake, FIELDS_MISTAKE_MAX, "must be one of%s%s",
                   buffer_slice(&text).at, choice ? ", ..." : "");
    buffer_release(&text);
}

static bool judge_input(const struct field *field,
                        const struct fields_input *input,
                        struct field_value *value, char *mistake)
{
    const struct json *choice = json_first(field->choices);
    bool fits = false;

    *value = (struct field_value){.given = true};
    switch (field->type) {
    case FIELD_INTEGER:
        fits = judge_integer(field, input, value, mistake);
        break;
    case FIELD_BOOLEAN:
        fits = judge_boolean(input, value, mistake);
        break;
    case FIELD_STRING:
        fits = judge_string(field, input, value, mistake);
        break;
    case FIELD_UNKNOWN:
        break;
    }
    if (!field->choices)
        return fits;
    while (fits && choice && !is_choice(choice, field->type, value))
        choice = json_next(choice);
    if (fits && choice)
        return true;
    list_choices(field, mistake);
    return false;
}

bool fields_judge(const struct field *field, const struct json *json,
                  struct field_value *value, char mistake[FIELDS_MISTAKE_MAX])
{
    return judge_input(field, &(struct fields_input){.json = json}, value,
                       mistake);
}

/* ---- the whole input ---- */

static void read_field(const struct field *field,
                       const struct fields_input *input,
                       struct field_value *value,
                       struct fields_mistakes *mistakes)
{
    char mistake[FIELDS_MISTAKE_MAX] = "is required";

    *value = (struct field_value){.given = field->has_default,
                                  .text = field->text_default,
                                  .integer = field->integer_default};
    if (input->spoilt)
        return;
    if (input->json || input->text ? judge_input(field, input, value, mistake)
                                   : !field->required)
        return;
    fields_add_mistake(mistakes, field->name, mistake);
}

enum fields_outcome fields_read(struct fields *fields,
                                const struct fields_source *source,
                                struct json_document *mistakes,
                                struct error *why)
{
    struct fields_input inputs[FIELDS_MAX] = {0};
    struct fields_mistakes found = {0};
    enum fields_outcome outcome;

    fields_clear(fields);
    fields->list = source->list;
    fields->count = source->count;
    outcome = fields_collect(fields, source, inputs, &found, why);
    for (size_t i = 0; outcome == FIELDS_READ && i < fields->count; i++)
        read_field(&fields->list[i], &inputs[i], &fields->values[i], &found);
    if (outcome == FIELDS_READ && found.count)
        outcome = found.document.failed ? FIELDS_NO_MEMORY : FIELDS_INVALID;
    if (outcome != FIELDS_INVALID)
        json_release(&found.document);
    if (outcome != FIELDS_READ)
        fields_clear(fields);
    *mistakes = found.document;
    return outcome;
}

void fields_clear(struct fields *fields)
{
    json_clear(&fields->document);
    buffer_clear(&fields->decoded);
    fields->count = 0;
}

void fields_release(struct fields *fields)
{
    fields_clear(fields);
    json_release(&fields->document);
    buffer_release(&fields->decoded);
}

/* ---- expanding ---- */

/* Append the value of the field called NAME to TEXT. */
static bool append_value(const struct fields *fields, struct slice name,
                         struct buffer *text)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field_value *value = &fields->values[i];

        if (!slice_is(name, fields->list[i].name))
            continue;
        if (!value->given)
            return false;
        if (fields->list[i].type == FIELD_INTEGER)
            return buffer_append_format(text, "%lld",
                                        (long long)value->integer);
        if (fields->list[i].type == FIELD_BOOLEAN)
            return buffer_append_text(text, value->integer ? "true" : "false");
        return buffer_append_text(text, value->text);
    }
    return false;
}

bool fields_expand(const struct fields *fields, const char *pattern,
                   struct buffer *out)
{
    while (*pattern) {
        const size_t literal = strcspn(pattern, "{");
        struct slice name;

        if (!buffer_append(out, pattern, literal))
            return false;
        pattern += literal;
        if (!*pattern)
            break;
        name = (struct slice){pattern + 1, strcspn(pattern + 1, "}")};
        if (!append_value(fields, name, out))
            return false;
        pattern = name.at + name.len + (name.at[name.len] == '}');
    }
    return true;
}
