/*
 * A mistake is told where it is found, and reading goes on with what is left,
 * so that one reading finds all.
 */
#include "guard/operation_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

#define PLACE_MAX 192

size_t operation_enter(struct operation_reader *reader, const char *part,
                       const char *name)
{
    const size_t len = reader->place_len;

    reader->place[len] = part;
    reader->place[len + 1] = name;
    reader->place_len += 2;
    return len;
}

void operation_leave(struct operation_reader *reader, size_t place_len)
{
    reader->place_len = place_len;
}

/* Write where READER is: "operations[0].lock". */
static void write_place(const struct operation_reader *reader, char *place,
                        size_t size)
{
    size_t len = 0;

    place[0] = '\0';
    if (reader->operation)
        (void)snprintf(place, size, "operations[%zu]", reader->index);
    for (size_t i = 0; i < reader->place_len; i++) {
        len = strlen(place);
        (void)snprintf(place + len, size - len, OPERATION_TEXT,
                       reader->place[i]);
    }
}

void operation_mistake(struct operation_reader *reader, const char *member,
                       const char *format, ...)
{
    char place[PLACE_MAX];
    char words[ERROR_TEXT_MAX];
    struct error line;
    va_list args;

    reader->mistake_count++;
    write_place(reader, place, sizeof(place));
    va_start(args, format);
    (void)vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    /* error_set() replaces what could end the line. */
    if (!*place && !*member)
        member = "operations.json";
    error_set(&line, "%s%s" OPERATION_TEXT ": %s", place,
              *place && *member ? "." : "", member, words);
    /* A full list is not an error: it has enough mistakes to begin with. */
    if (!buffer_append_format(reader->mistakes, "%s%s",
                              reader->mistakes->len ? "\n" : "", line.text))
        return;
}

/* Where KEY is in NAMES, looked for from LIKELY on; COUNT: nowhere. */
static size_t place_of(const char *key, const char *const names[], size_t count,
                       size_t likely)
{
    for (size_t i = 0; i < count; i++) {
        const size_t at = likely + i < count ? likely + i : likely + i - count;

        if (strcmp(key, names[at]) == 0)
            return at;
    }
    return count;
}

bool operation_members(struct operation_reader *reader, const struct json *json,
                       const char *const names[], size_t count,
                       const struct json *members[])
{
    const struct json *member;
    size_t likely = 0; /* most files keep to the order of the names */

    for (size_t i = 0; i < count; i++)
        members[i] = NULL;
    if (json_type(json) != JSON_OBJECT) {
        operation_mistake(reader, "", "must be an object");
        return false;
    }
    for (member = json_first(json); member; member = json_next(member)) {
        const char *key = json_key(member);
        const size_t at = place_of(key, names, count, likely);
        const char *nearest;

        if (at < count) {
            members[at] = member;
            likely = at + 1;
            continue;
        }
        nearest = nearest_word(slice_of(key), names, count);
        if (nearest)
            operation_mistake(reader, key, "is not known here; do you mean %s?",
                              nearest);
        else
            operation_mistake(reader, key, "is not known here");
    }
    return true;
}

void *operation_table(struct operation_reader *reader, const struct json *list,
                      size_t size)
{
    void *table = calloc(json_count(list), size);

    if (!table)
        operation_mistake(reader, "", "does not fit into memory");
    return table;
}

const char *operation_text(struct operation_reader *reader,
                           const struct json *json, const char *member)
{
    const struct slice text = json_string(json);

    if (json && text.len == 0)
        operation_mistake(reader, member, "must be a text");
    return text.len ? text.at : NULL;
}

const char *operation_required_text(struct operation_reader *reader,
                                    const struct json *json, const char *member)
{
    if (!json)
        operation_mistake(reader, member, "is required");
    return operation_text(reader, json, member);
}

bool operation_value(struct operation_reader *reader, const char *member,
                     const struct json *json, const struct field *field,
                     struct field_value *value)
{
    char mistake[FIELDS_MISTAKE_MAX];

    if (fields_judge(field, json, value, mistake))
        return true;
    operation_mistake(reader, member, "%s", mistake);
    return false;
}

bool operation_switch(struct operation_reader *reader, const struct json *json,
                      const char *member)
{
    const struct field field = {.type = FIELD_BOOLEAN};
    struct field_value value;

    return json && operation_value(reader, member, json, &field, &value) &&
           value.integer;
}

void operation_number(struct operation_reader *reader, const struct json *json,
                      const char *member, int64_t min, int64_t max,
                      int64_t *number)
{
    const struct field field = {.type = FIELD_INTEGER, .min = min, .max = max};
    struct field_value value;

    if (json && operation_value(reader, member, json, &field, &value))
        *number = value.integer;
}

bool operation_is_name(const char *text)
{
    size_t len = 0;

    while ((text[len] >= 'a' && text[len] <= 'z') || text[len] == '_' ||
           (text[len] >= '0' && text[len] <= '9'))
        len++;
    return len > 0 && len <= 63 && !text[len] && *text > '9';
}

bool operation_is_word(const char *text)
{
    return operation_is_name(text) && *text != '_';
}

int operation_shown(struct slice text)
{
    return text.len < 60 ? (int)text.len : 60;
}

struct field *operation_field(struct operation_reader *reader,
                              struct slice name)
{
    struct operation *operation = reader->operation;

    for (size_t i = 0; i < operation->field_count; i++) {
        if (slice_is(name, operation->fields[i].name))
            return &operation->fields[i];
    }
    return NULL;
}
