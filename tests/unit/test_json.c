/* Short texts are parsed and read back; tables list what must be refused. */
#include "base/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"

static const struct json_limits limits = {
    .max_bytes = 1024,
    .max_depth = 8,
    .max_values = 64,
    .unique_keys = true,
};

static bool parse(struct json_document *doc, const char *text)
{
    struct error err = {0};

    return json_parse(doc, slice_of(text), &limits, &err);
}

/* The root of a document that must be readable. */
static const struct json *root_of(struct json_document *doc, const char *text)
{
    cr_assert(parse(doc, text), "%s", text);
    return doc->root;
}

/* ---- what is JSON ---- */

static const struct {
    const char *text;
    enum json_type type;
} values[] = {
    {"null", JSON_NULL},       {"true", JSON_BOOL},
    {"false", JSON_BOOL},      {"0", JSON_NUMBER},
    {"-1.5e-3", JSON_NUMBER},  {"\"\"", JSON_STRING},
    {"\"null\"", JSON_STRING}, {"[]", JSON_ARRAY},
    {"{}", JSON_OBJECT},       {" \t\r\n[ 1 , 2 ] \t\r\n", JSON_ARRAY},
};

Test(json, each_type_is_told_apart)
{
    struct json_document doc;

    for (size_t i = 0; i < COUNT(values); i++) {
        cr_expect_eq(json_type(root_of(&doc, values[i].text)), values[i].type,
                     "%s", values[i].text);
        json_release(&doc);
    }
    cr_expect_eq(json_type(NULL), JSON_NONE);
}

static const char *const malformed[] = {
    "",        " ",          "{",           "[",           "}",
    "]",       "[1,]",       "{\"a\":1,}",  "{\"a\"}",     "{\"a\":}",
    "{a:1}",   "{'a':1}",    "[1 2]",       "nul",         "True",
    "NaN",     "Infinity",   "-",           "+1",          ".5",
    "01",      "-01",        "00",          "1.",          "-.5",
    "1.e3",    "1e",         "1e+",         "1E-",         "1.5.5",
    "--1",     "1-2",        "0x10",        "1_000",       "[1.]",
    "[01,2]",  "{\"a\":1.}", "1a",          "-Infinity",   "-NaN",
    "\"\\x\"", "\"\\u12\"",  "\"\\u12g4\"", "\"\\ud83c\"", "\"\\udfab\"",
    "\"\n\"",  "\"\xff\"",   "\"\\u0000\"", "\"abc",       "<html>",
};

Test(json, malformed_text_is_refused_with_a_reason_and_an_empty_document)
{
    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct json_document doc;
        struct error err = {0};

        cr_expect(!json_parse(&doc, slice_of(malformed[i]), &limits, &err),
                  "%s", malformed[i]);
        cr_expect_null(doc.root);
        cr_expect_gt(strlen(err.text), 0U, "%s", malformed[i]);
        json_release(&doc);
    }
}

Test(json, no_text_at_all_is_malformed)
{
    struct json_document doc;
    struct error err = {0};

    cr_expect(!json_parse(&doc, (struct slice){0}, &limits, &err));
    cr_expect_str_eq(err.text, "empty");
}

static const char *const trailing[] = {
    "{} {}", "1 2", "[]]", "{}x", "null,", "\"a\"\"b\"",
};

Test(json, nothing_but_white_space_may_follow_the_value)
{
    for (size_t i = 0; i < COUNT(trailing); i++) {
        struct json_document doc;
        struct error err = {0};

        cr_expect(!json_parse(&doc, slice_of(trailing[i]), &limits, &err), "%s",
                  trailing[i]);
        cr_expect(strstr(err.text, "text behind the value"), "%s", err.text);
        cr_expect_null(doc.root);
    }
}

Test(json, control_bytes_between_values_are_no_white_space)
{
    static const char *const texts[] = {"{}\x01", "[\x01 1]", "\v1", "[1,\f2]"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct json_document doc;
        struct error err = {0};

        cr_expect(!json_parse(&doc, slice_of(texts[i]), &limits, &err));
        cr_expect(strstr(err.text, "control character"), "%s", err.text);
    }
}

Test(json, a_nul_behind_the_value_is_text_behind_the_value)
{
    struct json_document doc;
    struct error err = {0};

    cr_expect(!json_parse(&doc, (struct slice){"{}\0{}", 5}, &limits, &err));
    cr_expect_null(doc.root);
}

Test(json, the_text_ends_where_its_length_says)
{
    struct json_document doc;
    struct error err = {0};

    cr_expect(json_parse(&doc, (struct slice){"[1]garbage", 3}, &limits, &err));
    json_release(&doc);
    cr_expect(!json_parse(&doc, (struct slice){"[1]", 2}, &limits, &err));
}

/* ---- limits ---- */

Test(json, limits_hold_before_anything_is_parsed)
{
    const struct json_limits small = {
        .max_bytes = 30, .max_depth = 2, .max_values = 4};
    static const char *const over[] = {"\"0123456789012345678901234567890\"",
                                       "[[[]]]", "[1,2,3,4,5]"};
    struct json_document doc;
    struct error err = {0};

    for (size_t i = 0; i < COUNT(over); i++) {
        cr_expect(!json_parse(&doc, slice_of(over[i]), &small, &err));
        cr_expect_null(doc.root);
    }
    cr_expect(json_parse(&doc, slice_of("[[1,2],3]"), &small, &err));
    json_release(&doc);
}

/* ---- keys ---- */

static const char *const twice[] = {
    "{\"a\":1,\"a\":1}",       "{\"a\":1,\"b\":2,\"a\":3}",
    "{\"a\":1,\"\\u0061\":2}", "[{\"x\":{\"a\":null,\"a\":null}}]",
    "{\"\":1,\"\":2}",
};

Test(json, a_key_given_twice_is_refused_where_the_reader_asks_for_that)
{
    struct json_limits lenient = limits;

    lenient.unique_keys = false;
    for (size_t i = 0; i < COUNT(twice); i++) {
        struct json_document doc;
        struct error err = {0};

        cr_expect(!json_parse(&doc, slice_of(twice[i]), &limits, &err), "%s",
                  twice[i]);
        cr_expect(strstr(err.text, "is given twice"));
        cr_expect_null(doc.root);
        cr_expect(json_parse(&doc, slice_of(twice[i]), &lenient, &err));
        json_release(&doc);
    }
}

Test(json, the_same_key_in_different_objects_is_fine)
{
    struct json_document doc;

    cr_expect(parse(&doc, "{\"a\":{\"a\":1},\"b\":{\"a\":2},\"A\":3}"));
    json_release(&doc);
}

Test(json, keys_heed_case)
{
    struct json_document doc;
    const struct json *root = root_of(&doc, "{\"Key\":1}");

    cr_expect_not_null(json_get(root, "Key"));
    cr_expect_null(json_get(root, "key"));
    cr_expect_null(json_get(root, "KEY"));
    json_release(&doc);
}

/* ---- look-ups ---- */

Test(json, get_and_at_find_nothing_in_anything_else)
{
    struct json_document doc;
    const struct json *root =
        root_of(&doc, "{\"list\":[10,20],\"text\":\"t\",\"none\":null}");
    const struct json *list = json_get(root, "list");
    int64_t value = 0;

    cr_expect(json_integer(json_at(list, 1), &value));
    cr_expect_eq(value, 20);
    cr_expect_null(json_at(list, 2));
    cr_expect_null(json_at(root, 0));
    cr_expect_null(json_at(NULL, 0));
    cr_expect_null(json_get(list, "list"));
    cr_expect_null(json_get(json_get(root, "text"), "text"));
    cr_expect_null(json_get(NULL, "list"));
    cr_expect_null(json_get(root, "missing"));
    cr_expect_eq(json_type(json_get(root, "none")), JSON_NULL);
    json_release(&doc);
}

Test(json, members_and_elements_are_walked_in_order)
{
    struct json_document doc;
    const struct json *root = root_of(&doc, "{\"b\":1,\"a\":[1,2,3]}");
    const struct json *member = json_first(root);

    cr_expect_str_eq(json_key(member), "b");
    member = json_next(member);
    cr_expect_str_eq(json_key(member), "a");
    cr_expect_null(json_next(member));
    cr_expect_null(json_key(json_first(member)));
    cr_expect_eq(json_count(root), 2U);
    cr_expect_eq(json_count(member), 3U);
    cr_expect_eq(json_count(json_first(root)), 0U);
    cr_expect_eq(json_count(NULL), 0U);
    json_release(&doc);
}

/* ---- values of the wrong type ---- */

Test(json, readers_of_one_type_get_nothing_from_another)
{
    static const char *const others[] = {"null",  "true", "5",
                                         "\"5\"", "[5]",  "{\"a\":5}"};
    struct json_document doc;

    for (size_t i = 0; i < COUNT(others); i++) {
        const struct json *root = root_of(&doc, others[i]);
        enum json_type type = json_type(root);
        int64_t value = 77;

        cr_expect_eq(json_string(root).at != NULL, type == JSON_STRING);
        cr_expect_eq(json_integer(root, &value), type == JSON_NUMBER);
        cr_expect_eq(value, type == JSON_NUMBER ? 5 : 77);
        cr_expect_eq(json_number(root), type == JSON_NUMBER ? 5.0 : 0.0);
        cr_expect_eq(json_is_true(root), type == JSON_BOOL);
        json_release(&doc);
    }
}

Test(json, readers_get_nothing_from_nothing)
{
    int64_t value = 77;

    cr_expect_null(json_string(NULL).at);
    cr_expect(!json_integer(NULL, &value));
    cr_expect_eq(value, 77);
    cr_expect_eq(json_number(NULL), 0.0);
    cr_expect(!json_is_true(NULL));
}

Test(json, only_true_is_true)
{
    static const char *const others[] = {"false", "1", "\"true\"", "null"};
    struct json_document doc;

    cr_expect(json_is_true(root_of(&doc, "true")));
    json_release(&doc);
    for (size_t i = 0; i < COUNT(others); i++) {
        cr_expect(!json_is_true(root_of(&doc, others[i])));
        json_release(&doc);
    }
}

Test(json, strings_are_unescaped_to_utf8)
{
    struct json_document doc;
    const struct json *root =
        root_of(&doc, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fc\\ud83c\\udfab\"");

    cr_expect(
        slice_is(json_string(root), "\"\\/\b\f\n\r\t\xc3\xbc\xf0\x9f\x8e\xab"));
    json_release(&doc);
}

/* ---- numbers ---- */

static const struct {
    const char *text;
    bool is_integer;
    int64_t value;
} integers[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"1.0", true, 1},
    {"1e3", true, 1000},
    {"9007199254740991", true, JSON_INTEGER_MAX},
    {"-9007199254740991", true, -JSON_INTEGER_MAX},
    {"9007199254740992", false, 0},
    {"9007199254740993", false, 0},
    {"-9007199254740992", false, 0},
    {"9223372036854775807", false, 0},
    {"18446744073709551616", false, 0},
    {"1e16", false, 0},
    {"1e400", false, 0},
    {"-1e400", false, 0},
    {"0.5", false, 0},
    {"-1.25", false, 0},
    {"1e-3", false, 0},
    /* Whole numbers in other words. */
    {"1.50e1", true, 15},
    {"100e-2", true, 1},
    {"0e-400", true, 0},
    {"0.000", true, 0},
    {"-0.0", true, 0},
    {"9.007199254740991E+15", true, JSON_INTEGER_MAX},
    /* Fractions that no double holds: the nearest one is whole. */
    {"9.99999999999999999", false, 0},
    {"0.99999999999999999", false, 0},
    {"-1.00000000000000000001", false, 0},
    {"9007199254740990.6", false, 0},
    {"9007199254740990.5", false, 0},
    {"90071992547409906e-1", false, 0},
    {"1e-400", false, 0},
    {"1e-99999999999999999999", false, 0},
};

Test(json, integers_are_exact_or_none)
{
    struct json_document doc;

    for (size_t i = 0; i < COUNT(integers); i++) {
        int64_t value = 77;
        bool is_integer = json_integer(root_of(&doc, integers[i].text), &value);

        cr_expect_eq(is_integer, integers[i].is_integer, "%s",
                     integers[i].text);
        cr_expect_eq(value, is_integer ? integers[i].value : 77, "%s",
                     integers[i].text);
        json_release(&doc);
    }
}

/* Which of several numbers is whole is not mixed up. */
Test(json, a_fraction_that_is_lost_spoils_no_other_number)
{
    struct json_document doc;
    const struct json *root = root_of(
        &doc, "{\"1.5\":\"2.5 \\\" 3.5\",\"a\":[1,2.0],\"b\":"
              "{\"c\":9.99999999999999999,\"d\":10},\"e\":-3e0,\"f\":0.5}");
    const struct json *b = json_get(root, "b");
    int64_t value = 0;

    cr_expect(json_integer(json_at(json_get(root, "a"), 0), &value));
    cr_expect(json_integer(json_at(json_get(root, "a"), 1), &value));
    cr_expect_eq(value, 2);
    cr_expect(!json_integer(json_get(b, "c"), &value));
    cr_expect_eq(json_type(json_get(b, "c")), JSON_NUMBER);
    cr_expect(json_integer(json_get(b, "d"), &value));
    cr_expect(json_integer(json_get(root, "e"), &value));
    cr_expect_eq(value, -3);
    cr_expect(!json_integer(json_get(root, "f"), &value));
    json_release(&doc);
}

Test(json, numbers_with_a_fraction_are_read_as_such)
{
    struct json_document doc;

    cr_expect_eq(json_number(root_of(&doc, "-2.5")), -2.5);
    json_release(&doc);
}

Test(json, releasing_twice_is_harmless)
{
    struct json_document doc;

    (void)root_of(&doc, "[1]");
    json_release(&doc);
    cr_expect_null(doc.root);
    json_release(&doc);
}
