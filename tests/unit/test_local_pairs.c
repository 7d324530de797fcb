/*
 * The local cloud's pairs, written as a query or as JSON, printed as JSON and
 * compared.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "platform/pairs.h"

static const struct json_limits limits = {
    .max_bytes = 4096, .max_depth = 8, .max_values = 100};

typedef void add_function(const struct pairs *pairs, struct json_document *doc,
                          struct json *object);

/* The object that ADD makes of PAIRS. */
static void expect_json(const struct pairs *pairs, add_function *add,
                        const char *expected)
{
    struct json_document doc;
    struct buffer text;

    buffer_init(&text, 4096);
    add(pairs, &doc, json_new_object(&doc));
    cr_assert(json_print(&doc, &text));
    cr_expect_str_eq(text.data, expected);
    buffer_release(&text);
    json_release(&doc);
}

/* ---- to JSON ---- */

static const struct {
    const char *query;
    const char *joined, *last, *lists, *mixed;
} several[] = {
    {"", "{}", "{}", "{}", "{}"},
    {"a=1", "{\"a\":\"1\"}", "{\"a\":\"1\"}", "{\"a\":[\"1\"]}",
     "{\"a\":\"1\"}"},
    {"a=1&b=2&a=3&a=", "{\"a\":\"1,3,\",\"b\":\"2\"}",
     "{\"a\":\"\",\"b\":\"2\"}", "{\"a\":[\"1\",\"3\",\"\"],\"b\":[\"2\"]}",
     "{\"a\":[\"1\",\"3\",\"\"],\"b\":\"2\"}"},
    /* Names ignore case; the first one is written. */
    {"Aa=1&aA=2", "{\"Aa\":\"1,2\"}", "{\"Aa\":\"2\"}",
     "{\"Aa\":[\"1\",\"2\"]}", "{\"Aa\":[\"1\",\"2\"]}"},
};

Test(local_pairs, a_name_that_comes_again_is_joined_replaced_or_listed)
{
    for (size_t i = 0; i < COUNT(several); i++) {
        struct pairs pairs = {.list = NULL};

        cr_assert(pairs_parse_query(&pairs, several[i].query, true));
        expect_json(&pairs, pairs_add_joined, several[i].joined);
        expect_json(&pairs, pairs_add_last, several[i].last);
        expect_json(&pairs, pairs_add_lists, several[i].lists);
        expect_json(&pairs, pairs_add_mixed, several[i].mixed);
        pairs_release(&pairs);
    }
}

/* ---- queries ---- */

static const struct {
    const char *query;
    const char *decoded;
    const char *raw;
} queries[] = {
    {"a&b=&c=d=e&&f=g&", "{\"a\":\"\",\"b\":\"\",\"c\":\"d=e\",\"f\":\"g\"}",
     "{\"a\":\"\",\"b\":\"\",\"c\":\"d=e\",\"f\":\"g\"}"},
    {"=x", "{\"\":\"x\"}", "{\"\":\"x\"}"},
    {"a=%20b+c%2Bd", "{\"a\":\" b c+d\"}", "{\"a\":\"%20b+c%2Bd\"}"},
    {"%C3%BC=%E2%82%AC", "{\"\xc3\xbc\":\"\xe2\x82\xac\"}",
     "{\"%C3%BC\":\"%E2%82%AC\"}"},
    /* What would be no text stays encoded; a lone '%' is one. */
    {"a=%00&b=x%ff&c=100%", "{\"a\":\"%00\",\"b\":\"x%ff\",\"c\":\"100%\"}",
     "{\"a\":\"%00\",\"b\":\"x%ff\",\"c\":\"100%\"}"},
};

Test(local_pairs, a_query_is_split_and_decoded)
{
    for (size_t i = 0; i < COUNT(queries); i++) {
        struct pairs decoded = {.list = NULL};
        struct pairs raw = {.list = NULL};

        cr_assert(pairs_parse_query(&decoded, queries[i].query, true));
        cr_assert(pairs_parse_query(&raw, queries[i].query, false));
        expect_json(&decoded, pairs_add_last, queries[i].decoded);
        expect_json(&raw, pairs_add_last, queries[i].raw);
        pairs_release(&decoded);
        pairs_release(&raw);
    }
}

/* ---- from JSON ---- */

static const struct {
    const char *json;
    const char *pairs; /* NULL: rejected */
} objects[] = {
    {"{}", "{}"},
    {"null", "{}"},
    {"{\"a\":\"x\",\"b\":2.5,\"c\":true,\"d\":false,\"e\":-7}",
     "{\"a\":[\"x\"],\"b\":[\"2.5\"],\"c\":[\"true\"],\"d\":[\"false\"],"
     "\"e\":[\"-7\"]}"},
    {"{\"a\":[\"x\",1,true],\"b\":[]}", "{\"a\":[\"x\",\"1\",\"true\"]}"},
    {"{\"a\":null}", NULL},
    {"{\"a\":{}}", NULL},
    {"{\"a\":[[\"x\"]]}", NULL},
    {"{\"a\":[null]}", NULL},
    {"[]", NULL},
    {"\"a\"", NULL},
};

Test(local_pairs, members_are_texts_numbers_booleans_and_lists_of_such)
{
    for (size_t i = 0; i < COUNT(objects); i++) {
        struct pairs pairs = {.list = NULL};
        struct json_document doc;

        cr_assert(json_parse(&doc, slice_of(objects[i].json), &limits, NULL));
        cr_expect_eq(pairs_from_json(&pairs, doc.root),
                     objects[i].pairs != NULL, "%s", objects[i].json);
        if (objects[i].pairs)
            expect_json(&pairs, pairs_add_lists, objects[i].pairs);
        pairs_release(&pairs);
        json_release(&doc);
    }
    cr_expect(pairs_from_json(&(struct pairs){.list = NULL}, NULL));
}

/* ---- one by one ---- */

Test(local_pairs, names_are_found_and_removed_in_any_case)
{
    struct pairs pairs = {.list = NULL};
    struct pairs copy = {.list = NULL};

    cr_assert(pairs_parse_query(&pairs, "Host=a&X-One=1&host=b&X-Two=2", true));
    cr_assert(pairs_copy(&copy, &pairs));
    cr_expect_str_eq(pairs_get(&copy, "HOST"), "a");
    cr_expect_null(pairs_get(&copy, "Hos"));
    pairs_remove(&copy, "hOST");
    pairs_remove(&copy, "absent");
    pairs_lower_names(&copy);
    expect_json(&copy, pairs_add_last, "{\"x-one\":\"1\",\"x-two\":\"2\"}");
    expect_json(&pairs, pairs_add_joined,
                "{\"Host\":\"a,b\",\"X-One\":\"1\",\"X-Two\":\"2\"}");
    pairs_release(&copy);
    pairs_release(&pairs);
}

Test(local_pairs, many_are_kept_in_their_order)
{
    struct pairs pairs = {.list = NULL};
    char name[2] = "a";

    for (size_t i = 0; i < 26; i++) {
        name[0] = (char)('a' + i);
        cr_assert(pairs_add(&pairs, slice_of(name), slice_of("x")));
    }
    cr_assert_eq(pairs.count, 26U);
    for (size_t i = 0; i < 26; i++)
        cr_expect_eq(pairs.list[i].name[0], (char)('a' + i));
    pairs_release(&pairs);
    cr_expect_eq(pairs.count, 0U);
}
