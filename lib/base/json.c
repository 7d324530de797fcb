/* What is built is made, and what is read is looked at, by cJSON. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>

#include "base/json_item.h"

/* struct json is never defined: it is cJSON's item under our name. */
static struct json *wrap(cJSON *item)
{
    return (struct json *)item;
}

static cJSON *unwrap(struct json *value)
{
    return (cJSON *)value;
}

static const cJSON *peek(const struct json *value)
{
    return (const cJSON *)value;
}

enum json_type json_type(const struct json *value)
{
    const cJSON *item = peek(value);

    if (cJSON_IsNull(item))
        return JSON_NULL;
    if (cJSON_IsBool(item))
        return JSON_BOOL;
    if (cJSON_IsNumber(item))
        return JSON_NUMBER;
    if (cJSON_IsString(item))
        return JSON_STRING;
    if (cJSON_IsArray(item))
        return JSON_ARRAY;
    if (cJSON_IsObject(item))
        return JSON_OBJECT;
    return JSON_NONE;
}

const struct json *json_get(const struct json *object, const char *key)
{
    if (!cJSON_IsObject(peek(object)))
        return NULL;
    return wrap(cJSON_GetObjectItemCaseSensitive(peek(object), key));
}

const struct json *json_at(const struct json *array, size_t index)
{
    const struct json *value;

    if (!cJSON_IsArray(peek(array)))
        return NULL;
    value = json_first(array);
    while (value && index-- > 0)
        value = json_next(value);
    return value;
}

size_t json_count(const struct json *value)
{
    const struct json *child;
    size_t count = 0;

    for (child = json_first(value); child; child = json_next(child))
        count++;
    return count;
}

const struct json *json_first(const struct json *value)
{
    return value ? wrap(peek(value)->child) : NULL;
}

const struct json *json_next(const struct json *value)
{
    return wrap(peek(value)->next);
}

const char *json_key(const struct json *member)
{
    return peek(member)->string;
}

struct slice json_string(const struct json *value)
{
    return slice_of(cJSON_GetStringValue(peek(value)));
}

bool json_integer(const struct json *value, int64_t *integer)
{
    const cJSON *item = peek(value);

    if (!cJSON_IsNumber(item) || (item->type & LOST_FRACTION) ||
        fabs(item->valuedouble) > JSON_INTEGER_MAX ||
        floor(item->valuedouble) != item->valuedouble)
        return false;
    *integer = (int64_t)item->valuedouble;
    return true;
}

double json_number(const struct json *value)
{
    return cJSON_IsNumber(peek(value)) ? peek(value)->valuedouble : 0;
}

bool json_is_true(const struct json *value)
{
    return cJSON_IsTrue(peek(value));
}

/* ---- building ---- */

static struct json *start(struct json_document *doc, cJSON *root)
{
    *doc = (struct json_document){.root = wrap(root), .failed = !root};
    return doc->root;
}

struct json *json_new_object(struct json_document *doc)
{
    return start(doc, cJSON_CreateObject());
}

struct json *json_new_array(struct json_document *doc)
{
    return start(doc, cJSON_CreateArray());
}

/* Hand ITEM to PARENT, or free it and mark the document as failed. */
static struct json *attach(struct json_document *doc, struct json *parent,
                           const char *key, cJSON *item)
{
    bool added = false;

    if (item && key)
        added = cJSON_AddItemToObject(unwrap(parent), key, item);
    else if (item)
        added = cJSON_AddItemToArray(unwrap(parent), item);
    if (added)
        return wrap(item);
    cJSON_Delete(item);
    doc->failed = true;
    return NULL;
}

struct json *json_add_object(struct json_document *doc, struct json *parent,
                             const char *key)
{
    return attach(doc, parent, key, cJSON_CreateObject());
}

struct json *json_add_array(struct json_document *doc, struct json *parent,
                            const char *key)
{
    return attach(doc, parent, key, cJSON_CreateArray());
}

void json_add_string(struct json_document *doc, struct json *parent,
                     const char *key, const char *text)
{
    attach(doc, parent, key, text ? cJSON_CreateString(text) : NULL);
}

void json_add_integer(struct json_document *doc, struct json *parent,
                      const char *key, int64_t integer)
{
    char digits[24];

    /* cJSON may round a number of more than 15 digits when it prints it. */
    (void)snprintf(digits, sizeof(digits), "%lld", (long long)integer);
    attach(doc, parent, key, cJSON_CreateRaw(digits));
}

void json_add_number(struct json_document *doc, struct json *parent,
                     const char *key, double number)
{
    attach(doc, parent, key, cJSON_CreateNumber(number));
}

void json_add_bool(struct json_document *doc, struct json *parent,
                   const char *key, bool value)
{
    attach(doc, parent, key, cJSON_CreateBool(value));
}

void json_add_null(struct json_document *doc, struct json *parent,
                   const char *key)
{
    attach(doc, parent, key, cJSON_CreateNull());
}

void json_add_copy(struct json_document *doc, struct json *parent,
                   const char *key, const struct json *value)
{
    int64_t integer;

    if (json_integer(value, &integer))
        json_add_integer(doc, parent, key, integer);
    else
        attach(doc, parent, key, cJSON_Duplicate(peek(value), 1));
}
