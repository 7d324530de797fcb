/*
 * cJSON and the text format of PostgreSQL meet here: array literals are written
 * by recursion over the JSON, and read by recursive descent.
 */
#include "doors/pg_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longest number and longest element of an array. */
#define PIECE_MAX_BYTES (16UL * 1024 * 1024)

/* Nesting of arrays; PostgreSQL has at most 6 dimensions. */
#define ARRAY_MAX_DEPTH 6

/* OIDs from PostgreSQL's catalogue pg_type.dat; they never change. */
enum {
    OID_BOOL = 16,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_JSONB = 3802,
};

static const struct {
    Oid array;
    Oid element;
} arrays[] = {{1000, OID_BOOL},   {1005, OID_INT2},   {1007, OID_INT4},
              {1021, OID_FLOAT4}, {1022, OID_FLOAT8}, {199, OID_JSON},
              {3807, OID_JSONB}};

/* Arrays of these, whose elements are strings here. */
static const Oid text_arrays[] = {
    /* char, name, text, bpchar, varchar, int8, numeric, bytea, oid */
    1002, 1003, 1009, 1014, 1015, 1016, 1231, 1001, 1028,
    /* date, time, timetz, timestamp, timestamptz, interval, uuid, inet, cidr */
    1182, 1183, 1270, 1115, 1185, 1187, 2951, 1041, 651};

static const struct json_limits limits = {
    .max_bytes = PIECE_MAX_BYTES, .max_depth = 64, .max_values = 1000000};

/* ---- to SQL ---- */

static bool append_json(const struct json *value, struct buffer *out)
{
    struct json_document doc;
    struct json *array = json_new_array(&doc);
    size_t start = out->len;
    bool fits;

    /* Only whole documents are printed: print it in an array, unwrap it. */
    json_add_copy(&doc, array, NULL, value);
    fits = json_print(&doc, out);
    json_release(&doc);
    if (!fits)
        return false;
    out->len -= 2;
    memmove(out->data + start, out->data + start + 1, out->len - start);
    out->data[out->len] = '\0';
    return true;
}

/* A JSON string of TEXT is also how an array literal quotes it. */
static bool append_quoted(const char *text, struct buffer *out)
{
    struct json_document doc;
    struct json *array = json_new_array(&doc);
    bool fits;

    json_add_string(&doc, array, NULL, text);
    fits = append_json(json_at(array, 0), out);
    json_release(&doc);
    return fits;
}

static bool append_array(const struct json *array, struct buffer *out);

/* Recursion is bounded by the depth that the document was read with. */
/* NOLINTBEGIN(misc-no-recursion) */

static bool append_element(const struct json *value, struct buffer *out)
{
    struct buffer text;
    bool fits;

    switch (json_type(value)) {
    case JSON_NONE:
    case JSON_NULL:
        return buffer_append_text(out, "NULL");
    case JSON_ARRAY:
        return append_array(value, out);
    case JSON_BOOL:
    case JSON_NUMBER:
    case JSON_STRING:
        return append_json(value, out);
    case JSON_OBJECT:
        break;
    }
    buffer_init(&text, PIECE_MAX_BYTES);
    fits = append_json(value, &text) && append_quoted(text.data, out);
    buffer_release(&text);
    return fits;
}

static bool append_array(const struct json *array, struct buffer *out)
{
    const struct json *value = json_first(array);

    if (!buffer_append_text(out, "{"))
        return false;
    for (; value; value = json_next(value)) {
        if (!append_element(value, out) ||
            (json_next(value) && !buffer_append_text(out, ",")))
            return false;
    }
    return buffer_append_text(out, "}");
}

/* NOLINTEND(misc-no-recursion) */

bool pg_value_to_sql(const struct json *value, struct buffer *out,
                     bool *is_null)
{
    struct slice text;

    *is_null = false;
    switch (json_type(value)) {
    case JSON_NONE:
    case JSON_NULL:
        *is_null = true;
        return true;
    case JSON_STRING:
        text = json_string(value);
        return buffer_append(out, text.at, text.len + 1);
    case JSON_ARRAY:
        return append_array(value, out) && buffer_append(out, "", 1);
    case JSON_BOOL:
    case JSON_NUMBER:
    case JSON_OBJECT:
        break;
    }
    return append_json(value, out) && buffer_append(out, "", 1);
}

/* ---- to JSON ---- */

static void add_number(struct json_document *doc, struct json *parent,
                       const char *key, const char *text)
{
    char *end;
    double number = strtod(text, &end);

    if (*end == '\0' && end != text && isfinite(number))
        json_add_number(doc, parent, key, number);
    else
        json_add_string(doc, parent, key, text);
}

static void add_parsed(struct json_document *doc, struct json *parent,
                       const char *key, const char *text)
{
    struct json_document value;

    if (json_parse(&value, slice_of(text), &limits, NULL))
        json_add_copy(doc, parent, key, value.root);
    else
        json_add_string(doc, parent, key, text);
    json_release(&value);
}

static Oid element_of(Oid type)
{
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        if (arrays[i].array == type)
            return arrays[i].element;
    }
    for (size_t i = 0; i < sizeof(text_arrays) / sizeof(text_arrays[0]); i++) {
        if (text_arrays[i] == type)
            return OID_TEXT;
    }
    return InvalidOid;
}

/* Unquote the element at AT into PIECE; NULL where it does not end. */
static const char *read_quoted(const char *at, struct buffer *piece)
{
    for (at++; *at != '"'; at++) {
        if (*at == '\\')
            at++;
        if (*at == '\0' || !buffer_append(piece, at, 1))
            return NULL;
    }
    return at + 1;
}

/* Recursion is bounded: elements are no arrays, arrays nest six deep. */
/* NOLINTBEGIN(misc-no-recursion) */

/* Add the element at AT; what follows it, NULL where it is malformed. */
static const char *add_element(struct json_document *doc, struct json *array,
                               const char *at, Oid element)
{
    struct buffer piece;
    size_t len;

    buffer_init(&piece, PIECE_MAX_BYTES);
    if (*at == '"') {
        at = read_quoted(at, &piece);
        if (at)
            pg_value_to_json(doc, array, NULL, piece.data ? piece.data : "",
                             element);
    } else {
        len = strcspn(at, ",}");
        if (!buffer_append(&piece, at, len))
            at = NULL;
        else if (strcmp(piece.data, "NULL") == 0)
            json_add_null(doc, array, NULL);
        else
            pg_value_to_json(doc, array, NULL, piece.data, element);
        at = at ? at + len : NULL;
    }
    buffer_release(&piece);
    return at;
}

/* Read from behind a '{' to behind its '}'; NULL where it is malformed. */
static const char *add_elements(struct json_document *doc, struct json *array,
                                const char *at, Oid element, int depth)
{
    while (at && *at != '}') {
        if (*at == '{' && depth < ARRAY_MAX_DEPTH)
            at = add_elements(doc, json_add_array(doc, array, NULL), at + 1,
                              element, depth + 1);
        else
            at = add_element(doc, array, at, element);
        if (at && *at == ',')
            at++;
        else if (at && *at != '}')
            at = NULL;
    }
    return at ? at + 1 : NULL;
}

static void add_array(struct json_document *doc, struct json *parent,
                      const char *key, const char *text, Oid element)
{
    const char *start = text;
    const char *end;

    /* Bounds, "[0:1]={...}", have no counterpart in JSON. */
    if (*start == '[')
        start += strcspn(start, "=") + 1;
    if (*start != '{') {
        json_add_string(doc, parent, key, text);
        return;
    }
    end = add_elements(doc, json_add_array(doc, parent, key), start + 1,
                       element, 1);
    if (!end)
        doc->failed = true;
}

void pg_value_to_json(struct json_document *doc, struct json *parent,
                      const char *key, const char *text, Oid type)
{
    Oid element = element_of(type);

    if (element != InvalidOid) {
        add_array(doc, parent, key, text, element);
        return;
    }
    switch (type) {
    case OID_BOOL:
        json_add_bool(doc, parent, key, strcmp(text, "t") == 0);
        break;
    case OID_INT2:
    case OID_INT4:
    case OID_FLOAT4:
    case OID_FLOAT8:
        add_number(doc, parent, key, text);
        break;
    case OID_JSON:
    case OID_JSONB:
        add_parsed(doc, parent, key, text);
        break;
    default:
        json_add_string(doc, parent, key, text);
        break;
    }
}

/* NOLINTEND(misc-no-recursion) */
