/*
 * A property becomes a field in two steps: its type, limits and pattern first;
 * its enum and default when path and lock are known, since each value must
 * suit those too, and is judged as a request's would be.
 */
#include <stdio.h>
#include <string.h>

#include "guard/operation_reader.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define CHOICES_MAX 64

/* The words of a property. */
static const char *const words[] = {
    "type",    "minimum", "maximum", "minLength",   "maxLength",
    "pattern", "enum",    "default", "description",
};

/* Words that only one of the types has. */
static const struct {
    const char *word;
    enum field_type type;
    const char *mistake; /* with another type */
} own_words[] = {
    {"minimum", FIELD_INTEGER, "is for integers"},
    {"maximum", FIELD_INTEGER, "is for integers"},
    {"minLength", FIELD_STRING, "is for strings"},
    {"maxLength", FIELD_STRING, "is for strings"},
    {"pattern", FIELD_STRING, "is for strings"},
};

bool operation_is_reserved(const char *name)
{
    /* Arguments of every SQL function, and what its row tells the bouncer. */
    static const char *const reserved[] = {
        "idempotency_key", "lock",     "outcome", "key",    "fence",
        "closed",          "closed_s", "opened",  "forget", "highest_fence",
    };

    for (size_t i = 0; i < COUNT(reserved); i++) {
        if (strcmp(name, reserved[i]) == 0)
            return true;
    }
    return false;
}

static void check_name(struct operation_reader *reader, const char *name)
{
    if (!operation_is_word(name))
        operation_mistake(reader, "",
                          "a property's name is 1 to 63 of a-z 0-9 _ and "
                          "begins with a letter");
    else if (operation_is_reserved(name))
        operation_mistake(reader, "",
                          "is a name of the bouncer's own; choose another");
}

static enum field_type read_type(struct operation_reader *reader,
                                 const struct json *property)
{
    const char *type = operation_required_text(reader, property, "type");

    if (!type)
        return FIELD_UNKNOWN;
    if (strcmp(type, "string") == 0)
        return FIELD_STRING;
    if (strcmp(type, "integer") == 0)
        return FIELD_INTEGER;
    if (strcmp(type, "boolean") == 0)
        return FIELD_BOOLEAN;
    operation_mistake(reader, "type", "must be string, integer or boolean");
    return FIELD_UNKNOWN;
}

/* Read the limits called LEAST and MOST, from MIN to MAX if left out. */
static void read_limits(struct operation_reader *reader,
                        const struct json *property, const char *least,
                        const char *most, int64_t min, int64_t max,
                        struct field *field)
{
    field->min = min;
    field->max = max;
    operation_number(reader, property, least, min, max, &field->min);
    operation_number(reader, property, most, min, max, &field->max);
    if (field->min <= field->max)
        return;
    operation_mistake(reader, most, "is below %s", least);
    field->min = min;
    field->max = max;
}

static void read_property(struct operation_reader *reader,
                          const struct json *property, struct field *field)
{
    if (!operation_check_object(reader, property, words, COUNT(words)))
        return;
    (void)operation_text(reader, property, "description");
    field->type = read_type(reader, property);
    for (size_t i = 0; field->type && i < COUNT(own_words); i++) {
        if (own_words[i].type != field->type &&
            json_get(property, own_words[i].word))
            operation_mistake(reader, own_words[i].word, "%s",
                              own_words[i].mistake);
    }
    if (field->type == FIELD_INTEGER) {
        read_limits(reader, property, "minimum", "maximum", -JSON_INTEGER_MAX,
                    JSON_INTEGER_MAX, field);
    } else if (field->type == FIELD_STRING) {
        read_limits(reader, property, "minLength", "maxLength", 0,
                    FIELDS_BODY_MAX_BYTES, field);
        operation_read_pattern(reader, property, field);
    }
}

static void read_required(struct operation_reader *reader,
                          const struct json *required)
{
    const struct json *one;

    if (required && json_type(required) != JSON_ARRAY)
        operation_mistake(reader, "required",
                          "must be an array of names of properties");
    for (one = json_first(required); one; one = json_next(one)) {
        const char *name = json_string(one).at;
        struct field *field = operation_field(reader, json_string(one));

        if (!name)
            operation_mistake(reader, "required",
                              "must hold names of properties only");
        else if (!field)
            operation_mistake(reader, "required",
                              OPERATION_TEXT " is no property", name);
        else if (field->required)
            operation_mistake(reader, "required",
                              OPERATION_TEXT " is there twice", name);
        else
            field->required = true;
    }
}

static void read_properties(struct operation_reader *reader,
                            const struct json *properties)
{
    struct operation *operation = reader->operation;
    const struct json *one;

    if (json_type(properties) != JSON_OBJECT || !json_first(properties) ||
        json_count(properties) > FIELDS_MAX) {
        operation_mistake(reader, "properties",
                          "must be an object with 1 to %d properties",
                          FIELDS_MAX);
        return;
    }
    operation->fields =
        operation_table(reader, properties, sizeof(*operation->fields));
    if (!operation->fields)
        return;
    for (one = json_first(properties); one; one = json_next(one)) {
        struct field *field = &operation->fields[operation->field_count++];
        const size_t place =
            operation_enter(reader, ".properties.", json_key(one));

        field->name = json_key(one);
        check_name(reader, field->name);
        read_property(reader, one, field);
        operation_leave(reader, place);
    }
}

void operation_read_input(struct operation_reader *reader,
                          const struct json *input)
{
    static const char *const names[] = {"required", "properties",
                                        "description"};
    const size_t place = operation_enter(reader, ".input", "");

    if (operation_check_object(reader, input, names, COUNT(names))) {
        (void)operation_text(reader, input, "description");
        read_properties(reader, json_get(input, "properties"));
        read_required(reader, json_get(input, "required"));
    }
    operation_leave(reader, place);
}

/* ---- values ---- */

/* Whether all of CHOICES, if there are any, suit FIELD. */
static bool read_choices(struct operation_reader *reader,
                         const struct json *choices, struct field *field)
{
    const struct json *one;
    struct field_value value;
    bool fine = true;
    unsigned i = 0;

    if (!choices)
        return true;
    if (json_type(choices) != JSON_ARRAY || !json_first(choices) ||
        json_count(choices) > CHOICES_MAX) {
        operation_mistake(reader, "enum", "must be an array of 1 to %d values",
                          CHOICES_MAX);
        return false;
    }
    for (one = json_first(choices); one; one = json_next(one)) {
        char member[24];

        (void)snprintf(member, sizeof(member), "enum[%u]", i++);
        fine = operation_value(reader, member, one, field, &value) && fine;
    }
    field->choices = choices;
    return fine;
}

static void read_default(struct operation_reader *reader,
                         const struct json *json, struct field *field)
{
    struct field_value value;

    if (!json || !operation_value(reader, "default", json, field, &value))
        return;
    field->integer_default = value.integer;
    field->text_default = value.text;
}

void operation_read_values(struct operation_reader *reader,
                           const struct json *input)
{
    const struct json *one = json_first(json_get(input, "properties"));
    struct operation *operation = reader->operation;

    for (size_t i = 0; i < operation->field_count; i++, one = json_next(one)) {
        struct field *field = &operation->fields[i];
        const size_t place =
            operation_enter(reader, ".input.properties.", field->name);

        field->has_default = json_get(one, "default") != NULL;
        if (field->type && field->has_default && field->required)
            operation_mistake(reader, "default",
                              "is never used, since the property is %s",
                              field->in_path ? "in the path" : "required");
        if (field->type && read_choices(reader, json_get(one, "enum"), field))
            read_default(reader, json_get(one, "default"), field);
        operation_leave(reader, place);
    }
}
