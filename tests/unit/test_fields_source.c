/* Where each kind of field is read from: path, query and body. */
#include "guard/fields.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "platform/message.h"

static struct {
    struct field table[6];
    struct json_document choices;
    struct fields fields;
    struct json_document mistakes;
    struct error why;
    struct buffer text;
} world;

static void open_world(void)
{
    static const char choices[] =
        "{\"color\":[\"red\",\"gr\xc3\xbcn\"],\"level\":[1,-2]}";
    const struct json_limits limits = {
        .max_bytes = 1000, .max_depth = 8, .max_values = 100};
    struct error err;

    cr_assert(json_parse(&world.choices, slice_of(choices), &limits, &err));
    world.table[0] = (struct field){.name = "seat",
                                    .type = FIELD_STRING,
                                    .in_path = true,
                                    .required = true,
                                    .names_lock = true,
                                    .min = 1,
                                    .max = 4};
    world.table[1] = (struct field){.name = "row",
                                    .type = FIELD_INTEGER,
                                    .min = -JSON_INTEGER_MAX,
                                    .max = JSON_INTEGER_MAX};
    world.table[2] = (struct field){.name = "quick",
                                    .type = FIELD_BOOLEAN,
                                    .has_default = true,
                                    .integer_default = 1};
    world.table[3] =
        (struct field){.name = "color",
                       .type = FIELD_STRING,
                       .max = FIELDS_BODY_MAX_BYTES,
                       .choices = json_get(world.choices.root, "color")};
    world.table[4] =
        (struct field){.name = "level",
                       .type = FIELD_INTEGER,
                       .min = -9,
                       .max = 9,
                       .choices = json_get(world.choices.root, "level")};
    world.table[5] = (struct field){.name = "note",
                                    .type = FIELD_STRING,
                                    .max = 5,
                                    .has_default = true,
                                    .text_default = "no"};
    cr_assert_eq(pattern_compile(&world.table[5].pattern, "[a-z+]"), 0);
    buffer_init(&world.text, 8192);
}

static void close_world(void)
{
    fields_release(&world.fields);
    pattern_release(&world.table[5].pattern);
    json_release(&world.choices);
    json_release(&world.mistakes);
    buffer_release(&world.text);
    memset(&world, 0, sizeof(world)); /* so that a leak shows */
}

/* What was read, "row=7 quick=true", without what is left out; or mistakes. */
static const char *tell(void)
{
    const struct json *one;

    buffer_clear(&world.text);
    cr_assert(buffer_append_text(&world.text, ""));
    for (size_t i = 0; i < world.fields.count; i++) {
        char pattern[20];

        (void)snprintf(pattern, sizeof(pattern), " %s={%s}",
                       world.table[i].name, world.table[i].name);
        if (world.fields.values[i].given)
            cr_assert(fields_expand(&world.fields, pattern, &world.text));
    }
    if (world.fields.count)
        return world.text.data + 1;
    for (one = json_first(json_get(world.mistakes.root, "errors")); one;
         one = json_next(one))
        cr_assert(buffer_append_format(
            &world.text, "%s%s: %s", world.text.len ? "\n" : "",
            json_string(json_get(one, "field")).at,
            json_string(json_get(one, "detail")).at));
    return world.text.data;
}

static const char *read_source(const char *path, const char *query,
                               const char *body)
{
    const struct fields_source source = {.list = world.table,
                                         .count = COUNT(world.table),
                                         .path = slice_of(path),
                                         .path_pattern = "/api/{seat}/x",
                                         .query = slice_of(query),
                                         .body = slice_of(body),
                                         .has_body = body != NULL};

    json_release(&world.mistakes);
    cr_expect_eq(
        fields_read(&world.fields, &source, &world.mistakes, &world.why),
        world.mistakes.root ? FIELDS_INVALID : FIELDS_READ);
    return tell();
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
    open_world();
    for (size_t i = 0; i < COUNT(sources); i++) {
        const char *told =
            read_source(sources[i].path, sources[i].query, sources[i].body);

        cr_expect_str_eq(told, sources[i].told, "%zu: %s", i, told);
    }
    close_world();
}

Test(fields_source, a_left_out_field_without_a_default_is_not_given)
{
    open_world();
    (void)read_source("/api/a/x", NULL, NULL);
    cr_expect(!world.fields.values[1].given && !world.fields.values[3].given &&
              !world.fields.values[4].given);
    cr_expect_null(world.fields.values[3].text);
    cr_expect(world.fields.values[2].given && world.fields.values[5].given);
    cr_expect(!fields_expand(&world.fields, "{row}", &world.text));
    close_world();
}

Test(fields_source, a_plus_in_the_path_is_a_plus)
{
    const struct fields_source source = {.list = &world.table[5],
                                         .count = 1,
                                         .path = slice_of("/b+%2B"),
                                         .path_pattern = "/{note}"};

    open_world();
    world.table[5].in_path = true;
    cr_expect_eq(
        fields_read(&world.fields, &source, &world.mistakes, &world.why),
        FIELDS_READ);
    cr_expect_str_eq(world.fields.values[0].text, "b++");
    close_world();
}

Test(fields_source, a_body_that_is_no_json_hides_the_mistakes_in_the_path)
{
    const struct fields_source source = {.list = world.table,
                                         .count = COUNT(world.table),
                                         .path = slice_of("/api/%/x"),
                                         .path_pattern = "/api/{seat}/x",
                                         .body = slice_of("{"),
                                         .has_body = true};

    open_world();
    cr_expect_eq(
        fields_read(&world.fields, &source, &world.mistakes, &world.why),
        FIELDS_NOT_JSON);
    cr_expect_null(world.mistakes.root);
    close_world();
}

Test(fields_source, the_memory_is_kept_between_requests)
{
    const char *first;

    open_world();
    (void)read_source("/api/abcd/x", "note=%61bcde&color=red", NULL);
    first = world.fields.values[0].text;
    for (int i = 0; i < 3; i++) {
        fields_clear(&world.fields);
        cr_expect_eq(world.fields.count, 0U);
        (void)read_source("/api/xyz/x", "note=b", NULL);
        cr_expect_eq(world.fields.values[0].text, first);
    }
    close_world();
}

/* Each name and value takes its own bytes and a NUL: the tightest query. */
Test(fields_source, the_longest_query_fits_and_a_longer_one_is_an_error)
{
    static char query[MESSAGE_TARGET_MAX_BYTES + 4];
    struct fields_source source = {.count = 0};

    open_world();
    memset(query, '=', sizeof(query) - 1);
    for (size_t i = 0; i < sizeof(query) - 1; i += 2)
        query[i] = 'a';
    for (size_t i = 3; i < sizeof(query) - 1; i += 4)
        query[i] = '&';
    query[MESSAGE_TARGET_MAX_BYTES - 10] = '\0';
    (void)read_source("/api/abc/x", query, NULL);
    cr_expect_not_null(world.mistakes.root);
    json_release(&world.mistakes);
    memset(query, 'a', sizeof(query) - 1);
    source.query = slice_of(query);
    cr_expect_eq(
        fields_read(&world.fields, &source, &world.mistakes, &world.why),
        FIELDS_NO_MEMORY);
    cr_expect_null(world.mistakes.root);
    close_world();
}

Test(fields_source, a_query_of_mistakes_alone_gets_a_bounded_answer)
{
    static char query[4001];
    size_t lines = 1;

    open_world();
    for (size_t i = 0; i < sizeof(query) - 1; i += 2)
        memcpy(query + i, "z&", 2);
    for (const char *at = read_source("/api/a/x", query, NULL); *at; at++)
        lines += *at == '\n';
    cr_expect_eq(lines, 32U);
    close_world();
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
