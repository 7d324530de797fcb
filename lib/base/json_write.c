/*
 * Whether a comma is due shows the last byte that was written: behind an
 * opening bracket there is none.  Strings are copied in runs up to what must be
 * escaped.
 */
#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/json_item.h"
#include "base/json_text.h"

static void put(struct json_writer *writer, const char *bytes, size_t len)
{
    writer->failed =
        writer->failed || !buffer_append(writer->buffer, bytes, len);
}

static void put_escape(struct json_writer *writer, char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *known = strchr(from, c);
    char escape[] = {'\\', 'u', '0', '0', '0', '0'};

    if (known) {
        escape[1] = to[known - from];
        put(writer, escape, 2);
        return;
    }
    escape[4] = digits[c >> 4];
    escape[5] = digits[c & 0xf];
    put(writer, escape, sizeof(escape));
}

static bool must_be_escaped(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

void json_write_part(struct json_writer *writer, const char *text)
{
    const char *end = text + strlen(text);

    while (text < end) {
        const char *run = json_text_plain(text, end);

        while (run < end && !must_be_escaped(*run))
            run++;
        put(writer, text, (size_t)(run - text));
        if (run < end)
            put_escape(writer, *run++);
        text = run;
    }
}

static void put_string(struct json_writer *writer, const char *text)
{
    put(writer, "\"", 1);
    json_write_part(writer, text);
    put(writer, "\"", 1);
}

/* Write what comes before a value. */
static void put_key(struct json_writer *writer, const char *key)
{
    const struct slice written = buffer_slice(writer->buffer);

    if (written.len > writer->begin && written.at[written.len - 1] != '{' &&
        written.at[written.len - 1] != '[')
        put(writer, ",", 1);
    if (key) {
        put_string(writer, key);
        put(writer, ":", 1);
    }
}

static void open_bracket(struct json_writer *writer, const char *key,
                         const char brackets[2])
{
    put_key(writer, key);
    put(writer, brackets, 1);
    if (writer->depth == JSON_WRITE_DEPTH_MAX)
        writer->failed = true;
    else
        writer->closing[writer->depth++] = brackets[1];
}

static struct json_writer begin(struct buffer *buffer, const char brackets[2])
{
    struct json_writer writer = {.buffer = buffer, .begin = buffer->len};

    open_bracket(&writer, NULL, brackets);
    return writer;
}

struct json_writer json_write_object_into(struct buffer *buffer)
{
    return begin(buffer, "{}");
}

struct json_writer json_write_array_into(struct buffer *buffer)
{
    return begin(buffer, "[]");
}

void json_write_object(struct json_writer *writer, const char *key)
{
    open_bracket(writer, key, "{}");
}

void json_write_array(struct json_writer *writer, const char *key)
{
    open_bracket(writer, key, "[]");
}

void json_write_begin_string(struct json_writer *writer, const char *key)
{
    put_key(writer, key);
    put(writer, "\"", 1);
}

void json_write_end_string(struct json_writer *writer)
{
    put(writer, "\"", 1);
}

void json_write_string(struct json_writer *writer, const char *key,
                       const char *text)
{
    put_key(writer, key);
    if (text)
        put_string(writer, text);
    else
        writer->failed = true;
}

void json_write_integer(struct json_writer *writer, const char *key,
                        int64_t integer)
{
    uint64_t left = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (integer < 0)
        digits[--at] = '-';
    put_key(writer, key);
    put(writer, digits + at, sizeof(digits) - at);
}

void json_write_bool(struct json_writer *writer, const char *key, bool value)
{
    put_key(writer, key);
    put(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_write_null(struct json_writer *writer, const char *key)
{
    put_key(writer, key);
    put(writer, "null", 4);
}

/* Write what is no text, array or object; NULL is a failure. */
static void put_scalar(struct json_writer *writer, const cJSON *value)
{
    char text[64];
    cJSON scalar;

    if (value)
        scalar = *value;
    if (value && cJSON_PrintPreallocated(&scalar, text, sizeof(text), 0))
        put(writer, text, strlen(text));
    else
        writer->failed = true;
}

/* NOLINTNEXTLINE(misc-no-recursion): the limits of what was read end it */
void json_write_copy(struct json_writer *writer, const char *key,
                     const struct json *value)
{
    const enum json_type type = json_type(value);
    const struct json *child;
    int64_t integer;

    if (type == JSON_STRING) {
        json_write_string(writer, key, json_string(value).at);
    } else if (json_integer(value, &integer) &&
               (integer || !signbit(json_number(value)))) { /* -0 is -0 */
        json_write_integer(writer, key, integer);
    } else if (type == JSON_OBJECT || type == JSON_ARRAY) {
        open_bracket(writer, key, type == JSON_OBJECT ? "{}" : "[]");
        for (child = json_first(value); child; child = json_next(child))
            json_write_copy(writer, json_key(child), child);
        json_write_end(writer);
    } else {
        put_key(writer, key);
        put_scalar(writer, (const cJSON *)value);
    }
}

bool json_print(const struct json_document *doc, struct buffer *buffer)
{
    struct json_writer writer = {.buffer = buffer, .begin = buffer->len};

    writer.failed = doc->failed;
    json_write_copy(&writer, NULL, doc->root);
    return json_write_finish(&writer);
}

void json_write_end(struct json_writer *writer)
{
    if (writer->depth)
        put(writer, &writer->closing[--writer->depth], 1);
}

bool json_write_finish(struct json_writer *writer)
{
    while (writer->depth)
        json_write_end(writer);
    if (writer->failed && writer->buffer->data) {
        writer->buffer->len = writer->begin;
        writer->buffer->data[writer->begin] = '\0';
    }
    return !writer->failed;
}
