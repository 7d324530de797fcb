/* Two tables, JSON to SQL and SQL to JSON, as PostgreSQL writes its values. */
#include <criterion/criterion.h>

#include "doors/pg_value.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct json_limits limits = {
    .max_bytes = 1000, .max_depth = 10, .max_values = 100};

static const struct {
    const char *json; /* in an array, so that everything is a document */
    const char *sql;  /* NULL: SQL's NULL */
} to_sql[] = {
    {"[null]", NULL},
    {"[true]", "true"},
    {"[7]", "7"},
    {"[1.5]", "1.5"},
    {"[\"\"]", ""},
    {"[\"a \\\"b\\\"\"]", "a \"b\""},
    {"[\"Grüße\"]", "Grüße"},
    {"[{\"a\":[1,null]}]", "{\"a\":[1,null]}"},
    {"[[]]", "{}"},
    {"[[1,null,true]]", "{1,NULL,true}"},
    {"[[\"x\",\"y,\\\"z\",\"null\"]]", "{\"x\",\"y,\\\"z\",\"null\"}"},
    {"[[[1,2],[3,4]]]", "{{1,2},{3,4}}"},
    {"[[{\"a\":\"b\"}]]", "{\"{\\\"a\\\":\\\"b\\\"}\"}"},
};

Test(pg_value, json_becomes_a_parameter)
{
    for (size_t i = 0; i < COUNT(to_sql); i++) {
        struct json_document doc;
        struct buffer out;
        bool is_null = false;

        buffer_init(&out, 1000);
        cr_assert(json_parse(&doc, slice_of(to_sql[i].json), &limits, NULL));
        cr_assert(pg_value_to_sql(json_at(doc.root, 0), &out, &is_null));
        cr_expect_eq(is_null, to_sql[i].sql == NULL, "%s", to_sql[i].json);
        if (to_sql[i].sql)
            cr_expect_str_eq(out.data, to_sql[i].sql);
        else
            cr_expect_eq(out.len, 0U);
        buffer_release(&out);
        json_release(&doc);
    }
}

Test(pg_value, a_parameter_may_be_too_long)
{
    struct json_document doc;
    struct buffer out;
    bool is_null;

    buffer_init(&out, 4);
    cr_assert(json_parse(&doc, slice_of("[\"12345\"]"), &limits, NULL));
    cr_expect(!pg_value_to_sql(json_at(doc.root, 0), &out, &is_null));
    buffer_release(&out);
    json_release(&doc);
}

/* The types by their OIDs in pg_type.dat. */
static const struct {
    Oid type;
    const char *text;
    const char *json;
} to_json[] = {
    {16, "t", "[true]"},
    {16, "f", "[false]"},
    {21, "-3", "[-3]"},
    {23, "7", "[7]"},
    {20, "9007199254740993", "[\"9007199254740993\"]"},
    {1700, "2.50", "[\"2.50\"]"},
    {701, "1.5", "[1.5]"},
    {701, "NaN", "[\"NaN\"]"},
    {25, "a\"b", "[\"a\\\"b\"]"},
    {114, "{\"a\": [1]}", "[{\"a\":[1]}]"},
    {3802, "null", "[null]"},
    {1007, "{1,NULL,3}", "[[1,null,3]]"},
    {1007, "{{1,2},{3,4}}", "[[[1,2],[3,4]]]"},
    {1007, "[0:1]={1,2}", "[[1,2]]"},
    {1007, "{}", "[[]]"},
    {1009, "{a,\"b,\\\"c\",\"NULL\",\"\"}",
     "[[\"a\",\"b,\\\"c\",\"NULL\",\"\"]]"},
    {3807, "{\"{\\\"a\\\": 1}\"}", "[[{\"a\":1}]]"},
};

Test(pg_value, a_value_becomes_json)
{
    for (size_t i = 0; i < COUNT(to_json); i++) {
        struct json_document doc;
        struct json *array = json_new_array(&doc);
        struct buffer out;

        buffer_init(&out, 1000);
        pg_value_to_json(&doc, array, NULL, to_json[i].text, to_json[i].type);
        cr_assert(json_print(&doc, &out), "%s", to_json[i].text);
        cr_expect_str_eq(out.data, to_json[i].json);
        buffer_release(&out);
        json_release(&doc);
    }
}

Test(pg_value, a_malformed_array_fails_the_document)
{
    static const char *const malformed[] = {"{1", "{\"a", "{{1}2}"};

    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct json_document doc;
        struct json *array = json_new_array(&doc);

        pg_value_to_json(&doc, array, NULL, malformed[i], 1007);
        cr_expect(doc.failed, "%s", malformed[i]);
        json_release(&doc);
    }
}
