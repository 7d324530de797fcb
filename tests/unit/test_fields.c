/*
 * A table of fields reads bodies: good ones by their values, wrong ones by the
 * mistakes that are named.
 */
#include "guard/fields.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"

static const struct field table[] = {
    {.name = "product_id",
     .type = FIELD_INTEGER,
     .required = true,
     .min = 1,
     .max = JSON_INTEGER_MAX},
    {.name = "quantity",
     .type = FIELD_INTEGER,
     .min = 1,
     .max = 10,
     .has_default = true,
     .integer_default = 2},
    {.name = "buyer",
     .type = FIELD_STRING,
     .required = true,
     .min = 2,
     .max = 4},
    {.name = "color", .type = FIELD_STRING, .max = 8, .names_lock = true},
};

static struct {
    struct fields fields;
    struct json_document mistakes;
    struct error why;
} world;

static enum fields_outcome read_bytes(struct slice body)
{
    const struct fields_source source = {
        .list = table, .count = COUNT(table), .body = body, .has_body = true};

    return fields_read(&world.fields, &source, &world.mistakes, &world.why);
}

static enum fields_outcome read_body(const char *body)
{
    return read_bytes(slice_of(body));
}

static void close_world(void)
{
    fields_release(&world.fields);
    json_release(&world.mistakes);
    memset(&world, 0, sizeof(world)); /* so that a leak shows */
}

static const struct json *mistakes_of(void)
{
    return json_get(world.mistakes.root, "errors");
}

static const struct field_value *value_of(const char *name)
{
    for (size_t i = 0; i < world.fields.count; i++) {
        if (strcmp(world.fields.list[i].name, name) == 0)
            return &world.fields.values[i];
    }
    return NULL;
}

/* Whether a mistake in FIELD is named with WORDS in it. */
static bool is_named(const struct json *mistakes, const char *field,
                     const char *words)
{
    const struct json *one;

    for (one = json_first(mistakes); one; one = json_next(one)) {
        struct slice detail = json_string(json_get(one, "detail"));

        if (slice_is(json_string(json_get(one, "field")), field) && detail.at &&
            strstr(detail.at, words))
            return true;
    }
    return false;
}

Test(fields, a_body_that_fits_is_read)
{
    cr_assert_eq(read_body("{\"buyer\":\"anna\",\"quantity\":10,\"color\":"
                           "\"abba\",\"product_id\":9007199254740991}"),
                 FIELDS_READ);
    cr_expect_eq(value_of("product_id")->integer, JSON_INTEGER_MAX);
    cr_expect_eq(value_of("quantity")->integer, 10);
    cr_expect_str_eq(value_of("buyer")->text, "anna");
    cr_expect_str_eq(value_of("color")->text, "abba");
    cr_expect_null(value_of("other"));
    cr_expect_null(world.mistakes.root);
    close_world();
}

Test(fields, what_is_not_required_has_its_default)
{
    cr_assert_eq(read_body("{\"buyer\":\"bo\",\"product_id\":1}"), FIELDS_READ);
    cr_expect_eq(value_of("quantity")->integer, 2);
    cr_expect(!value_of("color")->given);
    close_world();
}

Test(fields, values_outlive_the_body)
{
    char body[] = "{\"buyer\":\"anna\",\"product_id\":1}";

    cr_assert_eq(read_body(body), FIELDS_READ);
    memset(body, '#', sizeof(body));
    cr_expect_str_eq(value_of("buyer")->text, "anna");
    close_world();
}

/* ---- mistakes ---- */

static const struct {
    const char *body;
    const char *field;
    const char *words;
} mistakes[] = {
    {"{\"buyer\":\"bo\"}", "product_id", "is required"},
    {"{\"product_id\":1}", "buyer", "is required"},
    {"{\"product_id\":0,\"buyer\":\"bo\"}", "product_id",
     "must be a whole number from 1 to 9007199254740991"},
    {"{\"product_id\":-1,\"buyer\":\"bo\"}", "product_id", "whole number"},
    {"{\"product_id\":1.5,\"buyer\":\"bo\"}", "product_id", "whole number"},
    {"{\"product_id\":9007199254740992,\"buyer\":\"bo\"}", "product_id",
     "whole number"},
    {"{\"product_id\":\"1\",\"buyer\":\"bo\"}", "product_id", "whole number"},
    {"{\"product_id\":null,\"buyer\":\"bo\"}", "product_id", "whole number"},
    {"{\"product_id\":true,\"buyer\":\"bo\"}", "product_id", "whole number"},
    {"{\"product_id\":[1],\"buyer\":\"bo\"}", "product_id", "whole number"},
    {"{\"product_id\":{\"a\":1},\"buyer\":\"bo\"}", "product_id",
     "whole number"},
    {"{\"product_id\":1,\"buyer\":\"bo\",\"quantity\":0}", "quantity",
     "must be a whole number from 1 to 10"},
    {"{\"product_id\":1,\"buyer\":\"bo\",\"quantity\":11}", "quantity",
     "whole number"},
    {"{\"product_id\":1,\"buyer\":\"bo\",\"quantity\":null}", "quantity",
     "whole number"},
    {"{\"product_id\":1,\"buyer\":\"b\"}", "buyer",
     "must be a string of 2 to 4 characters"},
    {"{\"product_id\":1,\"buyer\":\"\"}", "buyer", "2 to 4 characters"},
    {"{\"product_id\":1,\"buyer\":\"berta\"}", "buyer", "2 to 4 characters"},
    {"{\"product_id\":1,\"buyer\":\"\xc3\xbc\"}", "buyer", "2 to 4 characters"},
    {"{\"product_id\":1,\"buyer\":5}", "buyer", "2 to 4 characters"},
    {"{\"product_id\":1,\"buyer\":null}", "buyer", "2 to 4 characters"},
    {"{\"product_id\":1,\"buyer\":\"bo\",\"color\":\"ab:d\"}", "color",
     "may hold only A-Z a-z 0-9 _ . - , since it names a lock"},
    {"{\"product_id\":1,\"buyer\":\"bo\",\"color\":\" a\"}", "color",
     "may hold only A-Z a-z 0-9 _ . - , since it names a lock"},
    {"{\"product_id\":1,\"buyer\":\"bo\",\"color\":[]}", "color",
     "must be a string"},
    {"{\"product_id\":1,\"buyer\":\"bo\",\"quantitiy\":3}", "quantitiy",
     "is not known here"},
    {"{\"product_id\":1,\"buyer\":\"bo\",\"Quantity\":3}", "Quantity",
     "is not known here"},
    {"{\"product_id\":1,\"buyer\":\"bo\",\"\":3}", "", "is not known here"},
};

Test(fields, each_mistake_is_named)
{
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        const struct json *named;

        cr_assert_eq(read_body(mistakes[i].body), FIELDS_INVALID, "%s",
                     mistakes[i].body);
        named = mistakes_of();
        cr_expect_eq(json_count(named), 1U, "%s", mistakes[i].body);
        cr_expect(is_named(named, mistakes[i].field, mistakes[i].words), "%s",
                  mistakes[i].body);
        cr_expect_null(value_of("buyer"));
        close_world();
    }
}

Test(fields, all_mistakes_are_named_at_once)
{
    const struct json *named;

    cr_assert_eq(read_body("{\"quantity\":99,\"buyer\":\"x\",\"color\":\"#\","
                           "\"a\":1,\"b\":{}}"),
                 FIELDS_INVALID);
    named = mistakes_of();
    cr_expect_eq(json_count(named), 6U);
    cr_expect(is_named(named, "product_id", "is required"));
    cr_expect(is_named(named, "quantity", "whole number"));
    cr_expect(is_named(named, "buyer", "characters"));
    cr_expect(is_named(named, "color", "may hold only"));
    cr_expect(is_named(named, "a", "is not known here"));
    cr_expect(is_named(named, "b", "is not known here"));
    close_world();
}

Test(fields, characters_are_counted_and_not_bytes)
{
    cr_expect_eq(read_body("{\"product_id\":1,\"buyer\":"
                           "\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x8e\xab\\u00e9\"}"),
                 FIELDS_READ);
    close_world();
}

static const char *const no_objects[] = {
    "null", "true", "5", "\"text\"", "[]", "[{\"product_id\":1}]",
};

Test(fields, a_body_that_is_no_object_is_not_read)
{
    for (size_t i = 0; i < COUNT(no_objects); i++) {
        cr_expect_eq(read_body(no_objects[i]), FIELDS_NO_OBJECT);
        cr_expect_null(world.mistakes.root);
        cr_expect_eq(world.fields.count, 0U);
        close_world();
    }
}

static const char *const no_json[] = {
    "",
    "{",
    "buyer=bo&product_id=1",
    "{\"product_id\":1,\"buyer\":\"bo\"} x",
    "{\"product_id\":1,\"product_id\":2,\"buyer\":\"bo\"}",
    "{\"product_id\":1,\"buyer\":\"b\\u0000o\"}",
    "{\"product_id\":1,\"buyer\":\"\xff\xff\"}",
    "{\"product_id\":1,\"buyer\":[[[[5]]]]}",
};

Test(fields, a_body_that_is_no_json_is_not_read)
{
    for (size_t i = 0; i < COUNT(no_json); i++) {
        cr_expect_eq(read_body(no_json[i]), FIELDS_NOT_JSON, "%s", no_json[i]);
        cr_expect_null(world.mistakes.root);
        cr_expect_neq(world.why.text[0], '\0');
        close_world();
    }
}

Test(fields, no_body_is_no_json)
{
    cr_expect_eq(read_bytes((struct slice){0}), FIELDS_NOT_JSON);
    close_world();
}

/* The reason repeats the key, and is printable ASCII all the same. */
Test(fields, a_long_key_given_twice_makes_no_unreadable_reason)
{
    static const char umlauts[] =
        "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
        "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
        "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
        "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
        "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc";

    for (size_t shift = 0; shift < 2; shift++) {
        const char *filler = &"x"[shift];
        char body[512];

        (void)snprintf(body, sizeof(body), "{\"%s%s\":1,\"%s%s\":2}", filler,
                       umlauts, filler, umlauts);
        cr_expect_eq(read_body(body), FIELDS_NOT_JSON);
        cr_expect(strstr(world.why.text, "given twice"), "%s", world.why.text);
        for (const char *at = world.why.text; *at; at++)
            cr_expect(*at > 0x1f && *at < 0x7f, "%s", world.why.text);
        close_world();
    }
}

Test(fields, a_huge_unknown_key_is_still_a_mistake_of_the_client)
{
    static char body[FIELDS_BODY_MAX_BYTES + 1];

    memset(body, 'k', sizeof(body) - 1);
    memcpy(body, "{\"", 2);
    memcpy(body + sizeof(body) - 5, "\":1}", 5);
    cr_expect_eq(read_body(body), FIELDS_INVALID);
    cr_expect_eq(json_count(mistakes_of()), 3U);
    close_world();
}

/* ---- expanding ---- */

static const struct {
    const char *pattern;
    const char *text; /* NULL: refused */
} patterns[] = {
    {"", ""},
    {"plain", "plain"},
    {"product:{product_id}", "product:7"},
    {"{buyer}", "anna"},
    {"{quantity}-{buyer}-{product_id}.", "2-anna-7."},
    {"{unknown}", NULL},
    {"{buy}", NULL},
    {"{buyers}", NULL},
    {"{}", NULL},
    {"{", NULL},
    {"{color}", NULL},                                    /* not in the body */
    {"{buyer}{buyer}{buyer}{buyer}{buyer}{buyer}", NULL}, /* too long */
};

Test(fields, a_pattern_is_filled_from_the_fields)
{
    cr_assert_eq(read_body("{\"product_id\":7,\"buyer\":\"anna\"}"),
                 FIELDS_READ);
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct buffer out;

        buffer_init(&out, 20);
        cr_expect_eq(fields_expand(&world.fields, patterns[i].pattern, &out),
                     patterns[i].text != NULL, "%s", patterns[i].pattern);
        if (patterns[i].text)
            cr_expect(slice_is(buffer_slice(&out), patterns[i].text), "%s",
                      out.data);
        buffer_release(&out);
    }
    close_world();
}

Test(fields, a_literal_that_does_not_fit_is_refused)
{
    struct buffer out;

    buffer_init(&out, 3);
    cr_assert_eq(read_body("{\"product_id\":7,\"buyer\":\"anna\"}"),
                 FIELDS_READ);
    cr_expect(!fields_expand(&world.fields, "product:{product_id}", &out));
    buffer_release(&out);
    close_world();
}
