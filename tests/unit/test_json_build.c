/*
 * Documents are built and compared as printed text; a document that failed must
 * print nothing.
 */
#include "base/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* The text of DOC, which must be printable; DOC is released. */
static void expect_text(struct json_document *doc, const char *text)
{
    struct buffer out;

    buffer_init(&out, 4096);
    cr_assert(json_print(doc, &out));
    cr_expect_str_eq(out.data, text);
    buffer_release(&out);
    json_release(doc);
}

static void expect_failed(struct json_document *doc)
{
    struct buffer out;

    buffer_init(&out, 4096);
    cr_expect(buffer_append_text(&out, "before"));
    cr_expect(!json_print(doc, &out));
    cr_expect_str_eq(out.data, "before");
    buffer_release(&out);
    json_release(doc);
}

Test(json_build, every_type_is_printed_without_white_space)
{
    struct json_document doc;
    struct json *root = json_new_object(&doc);
    struct json *list = json_add_array(&doc, root, "list");

    json_add_null(&doc, list, NULL);
    json_add_bool(&doc, list, NULL, true);
    json_add_bool(&doc, list, NULL, false);
    json_add_integer(&doc, list, NULL, -7);
    json_add_number(&doc, list, NULL, 1.5);
    json_add_string(&doc, list, NULL, "text");
    json_add_integer(&doc, json_add_object(&doc, list, NULL), "one", 1);
    json_add_array(&doc, list, NULL);
    json_add_string(&doc, root, "last", "");
    expect_text(&doc, "{\"list\":[null,true,false,-7,1.5,\"text\",{\"one\":1},"
                      "[]],\"last\":\"\"}");
}

Test(json_build, texts_and_keys_are_escaped)
{
    struct json_document doc;
    struct json *root = json_new_object(&doc);

    json_add_string(&doc, root, "a\"b", "\"\\\b\f\n\r\t\x01\x1f/\xc3\xbc");
    expect_text(&doc, "{\"a\\\"b\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/"
                      "\xc3\xbc\"}");
}

Test(json_build, texts_are_copied)
{
    struct json_document doc;
    struct json *root = json_new_object(&doc);
    char text[] = "one";
    char key[] = "k";

    json_add_string(&doc, root, key, text);
    text[0] = 'X';
    key[0] = 'X';
    expect_text(&doc, "{\"k\":\"one\"}");
}

Test(json_build, integers_up_to_2_to_the_53_keep_every_digit)
{
    struct json_document doc;
    struct json *root = json_new_array(&doc);

    json_add_integer(&doc, root, NULL, JSON_INTEGER_MAX);
    json_add_integer(&doc, root, NULL, -JSON_INTEGER_MAX);
    json_add_integer(&doc, root, NULL, 4294967296);
    json_add_integer(&doc, root, NULL, 0);
    expect_text(&doc, "[9007199254740991,-9007199254740991,4294967296,0]");
}

Test(json_build, a_copied_integer_keeps_every_digit)
{
    struct json_document origin;
    struct json_document doc;
    struct error err;
    const struct json_limits limits = {
        .max_bytes = 100, .max_depth = 4, .max_values = 16};

    cr_assert(json_parse(&origin, slice_of("9007199254740991"), &limits, &err));
    json_add_copy(&doc, json_new_array(&doc), NULL, origin.root);
    json_release(&origin);
    expect_text(&doc, "[9007199254740991]");
}

Test(json_build, copies_are_deep_and_outlive_their_origin)
{
    struct json_document origin;
    struct json_document doc;
    struct json *root;
    struct error err;
    const struct json_limits limits = {
        .max_bytes = 100, .max_depth = 4, .max_values = 16};

    cr_assert(json_parse(&origin, slice_of("{\"a\":{\"b\":[1,\"x\"]},\"c\":2}"),
                         &limits, &err));
    root = json_new_object(&doc);
    json_add_copy(&doc, root, "d", json_get(origin.root, "a"));
    json_add_copy(&doc, root, "e", json_get(origin.root, "c"));
    json_release(&origin);
    expect_text(&doc, "{\"d\":{\"b\":[1,\"x\"]},\"e\":2}");
}

/* ---- failures stick, and come out at the end ---- */

Test(json_build, a_text_that_is_not_there_fails_the_document)
{
    struct json_document doc;
    struct json *root = json_new_object(&doc);

    json_add_string(&doc, root, "a", NULL);
    json_add_integer(&doc, root, "b", 1);
    cr_expect(doc.failed);
    expect_failed(&doc);
}

Test(json_build, a_parent_that_is_not_there_fails_the_document)
{
    struct json_document doc;

    json_new_object(&doc);
    json_add_integer(&doc, NULL, "a", 1);
    expect_failed(&doc);
    json_new_array(&doc);
    json_add_integer(&doc, NULL, NULL, 1);
    expect_failed(&doc);
    json_new_array(&doc);
    cr_expect_null(json_add_object(&doc, NULL, NULL));
    cr_expect_null(json_add_array(&doc, NULL, "a"));
    expect_failed(&doc);
}

Test(json_build, a_copy_of_nothing_fails_the_document)
{
    struct json_document doc;
    struct json *root = json_new_object(&doc);

    json_add_copy(&doc, root, "a", NULL);
    expect_failed(&doc);
}

Test(json_build, an_empty_document_cannot_be_printed)
{
    struct json_document doc = {0};

    expect_failed(&doc);
}

Test(json_build, a_released_document_forgets_its_failure)
{
    struct json_document doc;

    json_new_object(&doc);
    json_add_string(&doc, doc.root, "a", NULL);
    json_release(&doc);
    cr_expect(!doc.failed);
    cr_expect_null(doc.root);
}

/* ---- printing into a buffer with a ceiling ---- */

Test(json_build, printing_appends)
{
    struct json_document doc;
    struct buffer out;

    buffer_init(&out, 100);
    json_new_array(&doc);
    cr_expect(buffer_append_text(&out, "a="));
    cr_expect(json_print(&doc, &out));
    cr_expect(json_print(&doc, &out));
    cr_expect_str_eq(out.data, "a=[][]");
    cr_expect_eq(out.len, 6U);
    json_release(&doc);
    buffer_release(&out);
}

/* An array of one string of LEN times 'x'. */
static void build_long(struct json_document *doc, size_t len)
{
    static char text[20000];

    cr_assert_lt(len, sizeof(text));
    memset(text, 'x', len);
    text[len] = '\0';
    json_add_string(doc, json_new_array(doc), NULL, text);
}

Test(json_build, long_documents_are_printed_whole)
{
    for (size_t len = 1; len < 20000; len = len * 3 / 2 + 1) {
        struct json_document doc;
        struct buffer out;

        buffer_init(&out, 30000);
        build_long(&doc, len);
        cr_assert(json_print(&doc, &out), "%zu", len);
        cr_expect_eq(out.len, len + 4, "%zu", len);
        cr_expect_eq(strlen(out.data), out.len, "%zu", len);
        buffer_release(&out);
        json_release(&doc);
    }
}

Test(json_build, past_the_ceiling_nothing_is_printed_and_the_buffer_stays)
{
    for (size_t ceiling = 10; ceiling < 2100; ceiling += 299) {
        struct json_document doc;
        struct buffer out;

        buffer_init(&out, ceiling);
        cr_expect(buffer_append_text(&out, "before"));
        build_long(&doc, ceiling - 6 - 3);
        cr_expect(!json_print(&doc, &out), "%zu", ceiling);
        cr_expect_str_eq(out.data, "before");
        cr_expect_eq(out.len, 6U);
        buffer_release(&out);
        json_release(&doc);
    }
}

Test(json_build, a_full_buffer_takes_nothing)
{
    struct json_document doc;
    struct buffer out;

    buffer_init(&out, 6);
    cr_expect(buffer_append_text(&out, "before"));
    json_new_object(&doc);
    cr_expect(!json_print(&doc, &out));
    cr_expect_str_eq(out.data, "before");
    buffer_release(&out);
    json_release(&doc);
}
