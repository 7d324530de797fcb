/*
 * One walk over a copy of the text makes cJSON's items: the strings stay in the
 * copy, and the items stand in a row before it, so that a small document is one
 * piece of memory, which the next document takes over.  cJSON's own parser
 * takes what is no JSON, and says neither which number lost a fraction nor
 * which key is there twice.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_item.h"
#include "base/json_text.h"

/*
 * Most texts have an item for so many bytes, or fewer; a text with more gets
 * more room, for so many at once.
 */
#define BYTES_OF_AN_ITEM 12
#define ITEMS_AT_ONCE 256

/* What some editors write before the text: RFC 8259 section 8.1. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Items of a document that was read; behind the oldest its text stands. */
struct json_items {
    struct json_items *older;
    size_t bytes; /* behind this head */
    size_t left;
    cJSON *next;
    cJSON list[];
};

struct reading {
    const struct json_limits *limits;
    struct json_text text;
    struct json_items *items;
    size_t depth;
    size_t values;
    struct error *err;
};

/*
 * Make room for COUNT items and for LEN bytes behind them, in KEPT if that is
 * large enough.
 */
static bool add_room(struct reading *reading, size_t count, size_t len,
                     struct json_items *kept)
{
    const size_t bytes = count * sizeof(cJSON) + len;
    struct json_items *items = kept;

    if (!kept || kept->bytes < bytes) {
        free(kept);
        items = malloc(sizeof(*items) + bytes);
        if (!items) {
            error_set(reading->err, "no memory");
            return false;
        }
        items->bytes = bytes;
    }
    items->older = reading->items;
    items->left = count;
    items->next = items->list;
    reading->items = items;
    return true;
}

static void free_items(struct json_items *items)
{
    while (items) {
        struct json_items *older = items->older;

        free(items);
        items = older;
    }
}

/* WHAT is wrong with what comes next. */
static bool fail(const struct reading *reading, const char *what)
{
    const struct json_text *text = &reading->text;

    if (text->at < text->end && (unsigned char)*text->at < 0x20)
        what = "control character";
    error_set(reading->err, "%s", what);
    return false;
}

static bool count_value(struct reading *reading)
{
    if (++reading->values <= reading->limits->max_values)
        return true;
    error_set(reading->err, "more than %zu values",
              reading->limits->max_values);
    return false;
}

/* A new item behind LAST, or the first of PARENT; NULL without memory. */
static cJSON *new_item(struct reading *reading, cJSON *parent, cJSON *last)
{
    cJSON *item;

    if (!reading->items->left && !add_room(reading, ITEMS_AT_ONCE, 0, NULL))
        return NULL;
    reading->items->left--;
    item = reading->items->next++;
    *item = (cJSON){.prev = last};
    if (last)
        last->next = item;
    else if (parent)
        parent->child = item;
    return item;
}

static bool is_repeated(const cJSON *object, const cJSON *member)
{
    const cJSON *other;

    /* Most keys differ in the first character. */
    for (other = object->child; other != member; other = other->next) {
        if (*other->string == *member->string &&
            strcmp(other->string, member->string) == 0)
            return true;
    }
    return false;
}

/* Read a key of OBJECT, and the colon behind it, into MEMBER. */
static bool read_key(struct reading *reading, const cJSON *object,
                     cJSON *member)
{
    struct json_text *text = &reading->text;

    if (*text->at != '"')
        return fail(reading, "not valid JSON");
    if (!count_value(reading) ||
        !json_text_string(text, &member->string, reading->err))
        return false;
    if (reading->limits->unique_keys && is_repeated(object, member)) {
        error_set(reading->err, "key \"%.64s\" is given twice", member->string);
        return false;
    }
    json_text_skip_space(text);
    if (*text->at != ':')
        return fail(reading, "not valid JSON");
    text->at++;
    json_text_skip_space(text);
    return true;
}

static bool read_value(struct reading *reading, cJSON *item);

/* Read elements or members up to CLOSING; the opening bracket comes next. */
/* NOLINTNEXTLINE(misc-no-recursion): limits end it */
static bool read_items(struct reading *reading, cJSON *parent, char closing)
{
    struct json_text *text = &reading->text;
    cJSON *item = NULL;

    if (++reading->depth > reading->limits->max_depth ||
        reading->depth > JSON_DEPTH_MAX) {
        error_set(reading->err, "nested deeper than %zu",
                  reading->limits->max_depth);
        return false;
    }
    do {
        text->at++;
        json_text_skip_space(text);
        if (!item && *text->at == closing)
            break;
        item = count_value(reading) ? new_item(reading, parent, item) : NULL;
        if (!item || (closing == '}' && !read_key(reading, parent, item)) ||
            !read_value(reading, item))
            return false;
        json_text_skip_space(text);
    } while (*text->at == ',');
    if (*text->at != closing)
        return fail(reading, "not valid JSON");
    text->at++;
    reading->depth--;
    return true;
}

static bool read_word(struct reading *reading, cJSON *item, const char *word,
                      int type)
{
    item->type = type;
    return json_text_word(&reading->text, word) ||
           fail(reading, "not valid JSON");
}

static bool read_number(struct reading *reading, cJSON *item)
{
    const char first = *reading->text.at;
    bool whole;

    if (first != '-' && (first < '0' || first > '9'))
        return fail(reading, "not valid JSON");
    if (!json_text_number(&reading->text, &item->valuedouble, &whole,
                          reading->err))
        return false;
    item->type = cJSON_Number | (whole ? 0 : LOST_FRACTION);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): limits end it */
static bool read_value(struct reading *reading, cJSON *item)
{
    switch (*reading->text.at) {
    case '{':
        item->type = cJSON_Object;
        return read_items(reading, item, '}');
    case '[':
        item->type = cJSON_Array;
        return read_items(reading, item, ']');
    case '"':
        item->type = cJSON_String;
        return json_text_string(&reading->text, &item->valuestring,
                                reading->err);
    case 't':
        return read_word(reading, item, "true", cJSON_True);
    case 'f':
        return read_word(reading, item, "false", cJSON_False);
    case 'n':
        return read_word(reading, item, "null", cJSON_NULL);
    default:
        return read_number(reading, item);
    }
}

/* Read the whole of the text that READING has a copy of. */
static bool read_document(struct reading *reading, struct json_document *doc)
{
    struct json_text *text = &reading->text;
    cJSON *root = new_item(reading, NULL, NULL);

    (void)json_text_word(text, BYTE_ORDER_MARK);
    json_text_skip_space(text);
    if (!root || !read_value(reading, root))
        return false;
    json_text_skip_space(text);
    doc->root = (struct json *)root;
    return text->at == text->end || fail(reading, "text behind the value");
}

/*
 * Put in front of the reason where it is: behind LEN bytes of TEXT, as it was
 * before escapes became line feeds.
 */
static void tell_place(const struct reading *reading, const char *text,
                       size_t len)
{
    size_t line = 1;

    if (!reading->limits->by_line) {
        error_prefix(reading->err, "byte %zu", len);
        return;
    }
    for (size_t i = 0; i < len; i++)
        line += text[i] == '\n';
    error_prefix(reading->err, "line %zu", line);
}

bool json_parse_again(struct json_document *doc, struct slice text,
                      const struct json_limits *limits, struct error *err)
{
    struct reading reading = {.limits = limits, .err = err};
    const size_t guess = text.len / BYTES_OF_AN_ITEM + 2;
    char *copy;
    bool good;

    json_clear(doc);
    if (text.len == 0 || text.len > limits->max_bytes) {
        error_set(err, text.len ? "longer than %zu bytes" : "empty",
                  limits->max_bytes);
        return false;
    }
    if (!add_room(&reading, guess < ITEMS_AT_ONCE ? guess : ITEMS_AT_ONCE,
                  text.len + 1, doc->items)) {
        doc->items = NULL;
        return false;
    }
    copy = (char *)(reading.items->list + reading.items->left);
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    reading.text = (struct json_text){copy, copy + text.len};
    good = read_document(&reading, doc);
    doc->items = reading.items;
    if (!good) {
        tell_place(&reading, text.at, (size_t)(reading.text.at - copy));
        json_clear(doc);
    }
    return good;
}

bool json_parse(struct json_document *doc, struct slice text,
                const struct json_limits *limits, struct error *err)
{
    *doc = (struct json_document){0};
    if (json_parse_again(doc, text, limits, err))
        return true;
    json_release(doc);
    return false;
}

void json_clear(struct json_document *doc)
{
    struct json_items *kept = doc->items;

    if (!kept || kept->older || kept->bytes > BUFFER_KEPT_MAX_BYTES) {
        json_release(doc);
        kept = NULL;
    }
    *doc = (struct json_document){0};
    doc->items = kept;
}

void json_release(struct json_document *doc)
{
    if (doc->items)
        free_items(doc->items);
    else
        cJSON_Delete((cJSON *)doc->root);
    *doc = (struct json_document){0};
}
