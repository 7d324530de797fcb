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

/* The words of a property; those up to PATTERN are of one type only. */
enum {
    MINIMUM,
    MAXIMUM,
    MIN_LENGTH,
    MAX_LENGTH,
    PATTERN,
    TYPE,
    ENUM,
    DEFAULT,
    DESCRIPTION,
    WORDS
};
static const char *const words[WORDS] = {
    "minimum", "maximum", "minLength", "maxLength",   "pattern",
    "type",    "enum",    "default",   "description",
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
                                 const struct json *json)
{
    const char *type = operation_required_text(reader, json, words[TYPE]);

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

/* Read the words LEAST and the next one, from MIN to MAX if left out. */
static void read_limits(struct operation_reader *reader,
                        const struct json *const members[], size_t least,
                        int64_t min, int64_t max, struct field *field)
{
    const size_t most = least + 1;

    field->min = min;
    field->max = max;
    operation_number(reader, members[least], words[least], min, max,
                     &field->min);
    operation_number(reader, members[most], words[most], min, max, &field->max);
    if (field->min <= field->max)
        return;
    operation_mistake(reader, words[most], "is below %s", words[least]);
    field->min = min;
    field->max = max;
}

static void read_property(struct operation_reader *reader,
                          const struct json *property, struct field *field)
{
    const struct json *members[WORDS];

    if (!operation_members(reader, property, words, WORDS, members))
        return;
    (void)operation_text(reader, members[DESCRIPTION], words[DESCRIPTION]);
    field->type = read_type(reader, members[TYPE]);
    for (size_t i = 0; field->type && i <= PATTERN; i++) {
        const enum field_type type =
            i <= MAXIMUM ? FIELD_INTEGER : FIELD_STRING;

        if (members[i] && type != field->type)
            operation_mistake(reader, words[i], "is for %s",
                              i <= MAXIMUM ? "integers" : "strings");
    }
    if (field->type == FIELD_INTEGER) {
        read_limits(reader, members, MINIMUM, -JSON_INTEGER_MAX,
                    JSON_INTEGER_MAX, field);
    } else if (field->type == FIELD_STRING) {
        read_limits(reader, members, MIN_LENGTH, 0, FIELDS_BODY_MAX_BYTES,
                    field);
        operation_read_pattern(reader, members[PATTERN], field);
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
    const struct json *members[COUNT(names)];
    const size_t place = operation_enter(reader, ".input", "");

    if (operation_members(reader, input, names, COUNT(names), members)) {
        (void)operation_text(reader, members[2], names[2]);
        read_properties(reader, members[1]);
        read_required(reader, members[0]);
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
        const struct json *fallback = json_get(one, words[DEFAULT]);

        field->has_default = fallback != NULL;
        if (field->type && field->has_default && field->required)
            operation_mistake(reader, "default",
                              "is never used, since the property is %s",
                              field->in_path ? "in the path" : "required");
        if (field->type &&
            read_choices(reader, json_get(one, words[ENUM]), field))
            read_default(reader, fallback, field);
        operation_leave(reader, place);
    }
}
