/* Where each kind of field is read from: path, query and body. */
#include "guard/fields.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "platform/message.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct world {
    struct field table[6];
    struct json_document choices;
    struct fields fields;
    struct json_document mistakes;
    struct error why;
    struct buffer text;
};

static void open_world(struct world *w)
{
    static const char choices[] =
        "{\"color\":[\"red\",\"gr\xc3\xbcn\"],\"level\":[1,-2]}";
    const struct json_limits limits = {
        .max_bytes = 1000, .max_depth = 8, .max_values = 100};
    struct error err;

    memset(w, 0, sizeof(*w));
    cr_assert(json_parse(&w->choices, slice_of(choices), &limits, &err));
    w->table[0] = (struct field){.name = "seat",
                                 .type = FIELD_STRING,
                                 .in_path = true,
                                 .required = true,
                                 .names_lock = true,
                                 .min = 1,
                                 .max = 4};
    w->table[1] = (struct field){.name = "row",
                                 .type = FIELD_INTEGER,
                                 .min = -JSON_INTEGER_MAX,
                                 .max = JSON_INTEGER_MAX};
    w->table[2] = (struct field){.name = "quick",
                                 .type = FIELD_BOOLEAN,
                                 .has_default = true,
                                 .integer_default = 1};
    w->table[3] = (struct field){.name = "color",
                                 .type = FIELD_STRING,
                                 .max = FIELDS_BODY_MAX_BYTES,
                                 .choices = json_get(w->choices.root, "color")};
    w->table[4] = (struct field){.name = "level",
                                 .type = FIELD_INTEGER,
                                 .min = -9,
                                 .max = 9,
                                 .choices = json_get(w->choices.root, "level")};
    w->table[5] = (struct field){.name = "note",
                                 .type = FIELD_STRING,
                                 .max = 5,
                                 .has_default = true,
                                 .text_default = "no"};
    cr_assert_eq(pattern_compile(&w->table[5].pattern, "[a-z+]"), 0);
    buffer_init(&w->text, 8192);
}

static void close_world(struct world *w)
{
    fields_release(&w->fields);
    pattern_release(&w->table[5].pattern);
    json_release(&w->choices);
    json_release(&w->mistakes);
    buffer_release(&w->text);
}

/* What was read, "row=7 quick=true", without what is left out; or mistakes. */
static const char *tell(struct world *w)
{
    const struct json *one;

    buffer_clear(&w->text);
    cr_assert(buffer_append_text(&w->text, ""));
    for (size_t i = 0; i < w->fields.count; i++) {
        char pattern[20];

        (void)snprintf(pattern, sizeof(pattern), " %s={%s}", w->table[i].name,
                       w->table[i].name);
        if (w->fields.values[i].given)
            cr_assert(fields_expand(&w->fields, pattern, &w->text));
    }
    if (w->fields.count)
        return w->text.data + 1;
    for (one = json_first(json_get(w->mistakes.root, "errors")); one;
         one = json_next(one))
        cr_assert(
            buffer_append_format(&w->text, "%s%s: %s", w->text.len ? "\n" : "",
                                 json_string(json_get(one, "field")).at,
                                 json_string(json_get(one, "detail")).at));
    return w->text.data;
}

static const char *read_source(struct world *w, const char *path,
                               const char *query, const char *body)
{
    const struct fields_source source = {.list = w->table,
                                         .count = COUNT(w->table),
                                         .path = slice_of(path),
                                         .path_pattern = "/api/{seat}/x",
                                         .query = slice_of(query),
                                         .body = slice_of(body),
                                         .has_body = body != NULL};

    json_release(&w->mistakes);
    cr_expect_eq(fields_read(&w->fields, &source, &w->mistakes, &w->why),
                 w->mistakes.root ? FIELDS_INVALID : FIELDS_READ);
    return tell(w);
}

#define LOCK_TEXT "may hold only A-Z a-z 0-9 _ . - , since it names a lock"
#define ENCODED "must be percent-encoded UTF-8 without control characters"

static const struct {
    const char *path, *query, *body;
    const char *told;
} sources[] = {
    /* ---- path and query ---- */
    {"/api/A-1/x", NULL, NULL, "seat=A-1 quick=true note=no"},
    {"/api/A-1/x", "", NULL, "seat=A-1 quick=true note=no"},
    {"/api/%41%2d1/x", "row=7&quick=false&color=red&level=1&note=a", NULL,
     "seat=A-1 row=7 quick=false color=red level=1 note=a"},
    {"/api/a/x", "&row=-7&&quick=true&", NULL,
     "seat=a row=-7 quick=true note=no"},
    {"/api/a/x", "row=0&color=gr%C3%BCn&level=-2", NULL,
     "seat=a row=0 quick=true color=gr\xc3\xbcn level=-2 note=no"},
    {"/api/a/x", "row=9007199254740991", NULL,
     "seat=a row=9007199254740991 quick=true note=no"},
    {"/api/a/x", "%72ow=1&note=a+%2B", NULL,
     "seat=a row=1 quick=true note=a +"},
    {"/api/a/x", "note=a=b", NULL, "seat=a quick=true note=a=b"},
    {"/api/a/x", "note=\xc3\xbc\xe2\x82\xac\xf0\x9f\x8e\xab+%2b", NULL,
     "seat=a quick=true note=\xc3\xbc\xe2\x82\xac\xf0\x9f\x8e\xab +"},
    /* ---- mistakes there ---- */
    {"/api/a+b/x", NULL, NULL, "seat: " LOCK_TEXT},
    {"/api/a%3Ab/x", NULL, NULL, "seat: " LOCK_TEXT},
    {"/api/a%2Fb/x", NULL, NULL, "seat: " LOCK_TEXT},
    {"/api/abcde/x", NULL, NULL, "seat: must be a string of 1 to 4 characters"},
    {"/api/%/x", NULL, NULL, "seat: " ENCODED},
    {"/api/%00/x", NULL, NULL, "seat: " ENCODED},
    {"/api/%ff/x", NULL, NULL, "seat: " ENCODED},
    {"/api/a/x", "seat=b", NULL, "seat: belongs into the path alone"},
    {"/api/a/x", "row=07", NULL, "row: must be a whole number"},
    {"/api/a/x", "row=%2B7", NULL, "row: must be a whole number"},
    {"/api/a/x", "row=-0", NULL, "row: must be a whole number"},
    {"/api/a/x", "row=1.0", NULL, "row: must be a whole number"},
    {"/api/a/x", "row=1e3", NULL, "row: must be a whole number"},
    {"/api/a/x", "row=+7", NULL, "row: must be a whole number"},
    {"/api/a/x", "row=", NULL, "row: must be a whole number"},
    {"/api/a/x", "row", NULL, "row: must be a whole number"},
    {"/api/a/x", "row=9007199254740992", NULL, "row: must be a whole number"},
    {"/api/a/x", "quick", NULL, "quick: must be true or false"},
    {"/api/a/x", "quick=1", NULL, "quick: must be true or false"},
    {"/api/a/x", "quick=TRUE", NULL, "quick: must be true or false"},
    {"/api/a/x", "color=blue", NULL, "color: must be one of red, gr\xc3\xbcn"},
    {"/api/a/x", "color=", NULL, "color: must be one of red, gr\xc3\xbcn"},
    {"/api/a/x", "level=2", NULL, "level: must be one of 1, -2"},
    {"/api/a/x", "level=x", NULL, "level: must be one of 1, -2"},
    {"/api/a/x", "note=", NULL, "note: must match the pattern [a-z+]"},
    {"/api/a/x", "note=aaaaa%C3%BC", NULL,
     "note: must be a string of 0 to 5 characters"},
    {"/api/a/x", "row=1&row=1", NULL, "row: is given twice"},
    {"/api/a/x", "row=1&row=2&row=x", NULL, "row: is given twice"},
    {"/api/a/x", "rwo=1&Row=2&=3", NULL,
     "rwo: is not known here\nRow: is not known here\n: is not known here"},
    {"/api/a/x", "r+w=1", NULL, "r w: is not known here"},
    {"/api/a/x", "note=%4", NULL, "note: " ENCODED},
    {"/api/a/x", "note=a%0Ab", NULL, "note: " ENCODED},
    {"/api/a/x", "note=a%7Fb&row=%C3", NULL,
     "note: " ENCODED "\nrow: " ENCODED},
    {"/api/a/x", "%zz=1&row=1", NULL, ": a parameter's name " ENCODED},
    {"/api/:/x", "row=x&quick=y&z=1", NULL,
     "z: is not known here\nseat: " LOCK_TEXT
     "\nrow: must be a whole number\nquick: must be true or false"},
    /* ---- path and body: the query is nobody's ---- */
    {"/api/a/x", "row=x&zzz", "{\"row\":1.0,\"quick\":false}",
     "seat=a row=1 quick=false note=no"},
    {"/api/a/x", NULL, "{\"color\":\"gr\\u00fcn\",\"level\":1,\"note\":\"+\"}",
     "seat=a quick=true color=gr\xc3\xbcn level=1 note=+"},
    {"/api/a/x", NULL, "{\"seat\":\"a\"}", "seat: belongs into the path alone"},
    {"/api/%/x", NULL,
     "{\"row\":1.5,\"quick\":\"true\",\"color\":7,\"level\":true,\"note\":"
     "\"A\"}",
     "seat: " ENCODED "\nrow: must be a whole number\n"
     "quick: must be true or false\ncolor: must be one of red, gr\xc3\xbcn\n"
     "level: must be one of 1, -2\nnote: must match the pattern [a-z+]"},
};

Test(fields_source, each_value_is_read_from_where_it_belongs_or_is_a_mistake)
{
    struct world w;

    open_world(&w);
    for (size_t i = 0; i < COUNT(sources); i++) {
        const char *told =
            read_source(&w, sources[i].path, sources[i].query, sources[i].body);

        cr_expect_str_eq(told, sources[i].told, "%zu: %s", i, told);
    }
    close_world(&w);
}

Test(fields_source, a_left_out_field_without_a_default_is_not_given)
{
    struct world w;

    open_world(&w);
    (void)read_source(&w, "/api/a/x", NULL, NULL);
    cr_expect(!w.fields.values[1].given && !w.fields.values[3].given &&
              !w.fields.values[4].given);
    cr_expect_null(w.fields.values[3].text);
    cr_expect(w.fields.values[2].given && w.fields.values[5].given);
    cr_expect(!fields_expand(&w.fields, "{row}", &w.text));
    close_world(&w);
}

Test(fields_source, a_plus_in_the_path_is_a_plus)
{
    struct world w;
    const struct fields_source source = {.list = &w.table[5],
                                         .count = 1,
                                         .path = slice_of("/b+%2B"),
                                         .path_pattern = "/{note}"};

    open_world(&w);
    w.table[5].in_path = true;
    cr_expect_eq(fields_read(&w.fields, &source, &w.mistakes, &w.why),
                 FIELDS_READ);
    cr_expect_str_eq(w.fields.values[0].text, "b++");
    close_world(&w);
}

Test(fields_source, a_body_that_is_no_json_hides_the_mistakes_in_the_path)
{
    struct world w;
    const struct fields_source source = {.list = w.table,
                                         .count = COUNT(w.table),
                                         .path = slice_of("/api/%/x"),
                                         .path_pattern = "/api/{seat}/x",
                                         .body = slice_of("{"),
                                         .has_body = true};

    open_world(&w);
    cr_expect_eq(fields_read(&w.fields, &source, &w.mistakes, &w.why),
                 FIELDS_NOT_JSON);
    cr_expect_null(w.mistakes.root);
    close_world(&w);
}

Test(fields_source, the_memory_is_kept_between_requests)
{
    struct world w;
    const char *first;

    open_world(&w);
    (void)read_source(&w, "/api/abcd/x", "note=%61bcde&color=red", NULL);
    first = w.fields.values[0].text;
    for (int i = 0; i < 3; i++) {
        fields_clear(&w.fields);
        cr_expect_eq(w.fields.count, 0U);
        (void)read_source(&w, "/api/xyz/x", "note=b", NULL);
        cr_expect_eq(w.fields.values[0].text, first);
    }
    close_world(&w);
}

/* Each name and value takes its own bytes and a NUL: the tightest query. */
Test(fields_source, the_longest_query_fits_and_a_longer_one_is_an_error)
{
    static char query[MESSAGE_TARGET_MAX_BYTES + 4];
    struct fields_source source = {.count = 0};
    struct world w;

    open_world(&w);
    memset(query, '=', sizeof(query) - 1);
    for (size_t i = 0; i < sizeof(query) - 1; i += 2)
        query[i] = 'a';
    for (size_t i = 3; i < sizeof(query) - 1; i += 4)
        query[i] = '&';
    query[MESSAGE_TARGET_MAX_BYTES - 10] = '\0';
    (void)read_source(&w, "/api/abc/x", query, NULL);
    cr_expect_not_null(w.mistakes.root);
    json_release(&w.mistakes);
    memset(query, 'a', sizeof(query) - 1);
    source.query = slice_of(query);
    cr_expect_eq(fields_read(&w.fields, &source, &w.mistakes, &w.why),
                 FIELDS_NO_MEMORY);
    cr_expect_null(w.mistakes.root);
    close_world(&w);
}

Test(fields_source, a_query_of_mistakes_alone_gets_a_bounded_answer)
{
    static char query[4001];
    struct world w;
    size_t lines = 1;

    open_world(&w);
    for (size_t i = 0; i < sizeof(query) - 1; i += 2)
        memcpy(query + i, "z&", 2);
    for (const char *at = read_source(&w, "/api/a/x", query, NULL); *at; at++)
        lines += *at == '\n';
    cr_expect_eq(lines, 32U);
    close_world(&w);
}

Test(fields_source, a_long_list_of_choices_is_cut_between_two)
{
    static char body[2000] = "[\"a\"";
    const struct json_limits limits = {
        .max_bytes = 2000, .max_depth = 8, .max_values = 100};
    struct field field = {.type = FIELD_STRING, .max = 100};
    char mistake[FIELDS_MISTAKE_MAX];
    struct json_document doc;
    struct field_value value;
    struct error err;

    for (int i = 0; i < 20; i++)
        (void)snprintf(body + strlen(body), sizeof(body) - strlen(body),
                       ",\"%d-%040d\"", i, i);
    (void)snprintf(body + strlen(body), sizeof(body) - strlen(body), "]");
    cr_assert(json_parse(&doc, slice_of(body), &limits, &err), "%s", err.text);
    field.choices = doc.root;
    cr_expect(fields_judge(&field, json_at(doc.root, 20), &value, mistake));
    cr_expect(!fields_judge(&field, doc.root, &value, mistake));
    cr_expect_eq(strncmp(mistake, "must be one of a, 0-00", 22), 0);
    cr_expect_str_eq(mistake + strlen(mistake) - 7, "10, ...");
    json_release(&doc);
}
