/*
 * A lock's name is taken apart twice: before the fields' values are read, to
 * note which fields are in it, and after, when the longest name that it can
 * become is known.
 */
#include <stdio.h>
#include <string.h>

#include "base/url.h"
#include "guard/lock.h"
#include "guard/operation_reader.h"

#define LEASE_MAX_S 3600

/* A literal part of a lock's name, or {property}. */
struct part {
    struct slice text; /* with its braces */
    struct field *field;
};

/* Move *NAME past its next part.  False at its end. */
static bool next_part(struct operation_reader *reader, const char **name,
                      struct part *part)
{
    size_t len = strcspn(*name, "{");
    struct slice property;

    if (!**name)
        return false;
    if (len == 0) {
        len = strcspn(*name, "}");
        len += (*name)[len] == '}';
    }
    *part = (struct part){.text = {*name, len}};
    if (operation_is_placeholder(part->text, &property))
        part->field = operation_field(reader, property);
    *name += len;
    return true;
}

/* Note what NAME makes of the fields in it. */
static void note_fields(struct operation_reader *reader, const char *name)
{
    struct part part;

    while (next_part(reader, &name, &part)) {
        if (!part.field || part.field->type != FIELD_STRING)
            continue;
        part.field->names_lock = true;
        if (part.field->min < 1)
            part.field->min = 1;
    }
}

static void read_permits(struct operation_reader *reader,
                         const struct json *json)
{
    int64_t permits = 1;

    operation_number(reader, json, "permits", 1, LOCK_PERMITS_MAX, &permits);
    reader->operation->permits = (int)permits;
}

static void read_lease(struct operation_reader *reader, const struct json *json)
{
    int64_t lease_s = 0;
    int least_s = 1;

    operation_number(reader, json, "lease_s", 1, LEASE_MAX_S, &lease_s);
    reader->operation->lease_s = (int)lease_s;
    while (least_s < LEASE_MAX_S &&
           lock_lease_ms(least_s) < reader->limits->work_ms)
        least_s++;
    if (lease_s && lease_s < least_s)
        operation_mistake(reader, "lease_s",
                          "is too short for BOUNCER_KV_TIMEOUT_MS and "
                          "BOUNCER_DB_TIMEOUT_MS: it must be %d or more",
                          least_s);
}

void operation_read_lock(struct operation_reader *reader,
                         const struct json *lock)
{
    enum { NAME, FENCED, PERMITS, LEASE, MEMBERS };
    static const char *const names[MEMBERS] = {"name", "fenced", "permits",
                                               "lease_s"};
    const struct json *members[MEMBERS];
    const size_t place = operation_enter(reader, ".lock", "");
    struct operation *operation = reader->operation;

    if (operation_members(reader, lock, names, MEMBERS, members)) {
        operation->lock_name =
            operation_required_text(reader, members[NAME], "name");
        operation->fenced = operation_switch(reader, members[FENCED], "fenced");
        read_permits(reader, members[PERMITS]);
        read_lease(reader, members[LEASE]);
    }
    if (operation->lock_name)
        note_fields(reader, operation->lock_name);
    operation_leave(reader, place);
}

/* ---- the name ---- */

/* The most bytes of a value of FIELD in a lock's name. */
static size_t longest_value(const struct field *field)
{
    const struct json *one;
    size_t longest = 0;
    int len;

    if (field->type == FIELD_STRING && !field->choices)
        return (size_t)field->max;
    if (field->type == FIELD_BOOLEAN)
        return strlen("false");
    for (one = json_first(field->choices); one; one = json_next(one)) {
        if (json_string(one).len > longest)
            longest = json_string(one).len;
    }
    if (field->type == FIELD_STRING)
        return longest;
    len = snprintf(NULL, 0, "%lld", (long long)field->min);
    if (len < snprintf(NULL, 0, "%lld", (long long)field->max))
        len = snprintf(NULL, 0, "%lld", (long long)field->max);
    return (size_t)len;
}

/* What is wrong with a {property}; NULL: nothing. */
static const char *judge_property(const struct part *part)
{
    const struct field *field = part->field;

    if (part->text.at[part->text.len - 1] != '}')
        return "has no }";
    if (!field)
        return "is no property of input";
    if (!field->required && !field->has_default)
        return "may be left out: make it required, or give it a default";
    if (field->type == FIELD_STRING && !field->choices &&
        field->max == FIELDS_BODY_MAX_BYTES)
        return "needs a maxLength or an enum, since a lock's name is short";
    return NULL;
}

static bool is_literal(char c)
{
    return c == ':' || (c != '~' && url_is_unreserved(c));
}

static void check_part(struct operation_reader *reader, const struct part *part)
{
    const bool is_property = part->text.at[0] == '{';
    const char *wrong = is_property ? judge_property(part) : NULL;
    size_t fine = 0;

    while (!is_property && fine < part->text.len &&
           is_literal(part->text.at[fine]))
        fine++;
    if (wrong)
        operation_mistake(reader, "name", "%.*s %s",
                          operation_shown(part->text), part->text.at, wrong);
    if (!is_property && fine < part->text.len)
        operation_mistake(reader, "name",
                          "may hold A-Z a-z 0-9 : _ . - and {property}, but no "
                          "'%c'",
                          part->text.at[fine]);
}

/* No value holds a colon, so this keeps one operation's names from another's.
 */
static void check_first_word(struct operation_reader *reader, const char *name)
{
    const size_t len = strcspn(name, ":{");

    if (len == 0 || name[len] != ':')
        operation_mistake(reader, "name",
                          "must begin with a word and a colon, as in "
                          "seat:{seat_id}");
    else if (strncmp(name, "key:", 4) == 0)
        operation_mistake(reader, "name",
                          "may not begin with key:, which is "
                          "the bouncer's own");
}

void operation_check_lock(struct operation_reader *reader)
{
    const char *name = reader->operation->lock_name;
    const size_t place = operation_enter(reader, ".lock", "");
    const size_t mistakes = reader->mistake_count;
    size_t longest = 0;
    struct part part;

    if (name)
        check_first_word(reader, name);
    while (name && next_part(reader, &name, &part)) {
        check_part(reader, &part);
        longest += part.field ? longest_value(part.field) : part.text.len;
    }
    if (reader->mistake_count == mistakes && longest >= LOCK_NAME_MAX)
        operation_mistake(reader, "name",
                          "may become %zu bytes long; %d is the most", longest,
                          LOCK_NAME_MAX - 1);
    operation_leave(reader, place);
}
