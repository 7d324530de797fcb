/*
 * What is written is compared as text, and with what cJSON prints of the same.
 */
#include "base/json.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/json_item.h"
#include "count.h"

static const struct json_limits limits = {
    .max_bytes = 4096, .max_depth = 8, .max_values = 64};

static struct buffer out;
static struct json_writer w;

/* Finish the writer, which has written TEXT, and release the buffer. */
static void expect_text(const char *text)
{
    cr_assert(json_write_finish(&w));
    cr_expect_str_eq(out.data, text);
    cr_expect_eq(out.len, strlen(text));
    buffer_release(&out);
}

static void expect_failed(void)
{
    cr_expect(!json_write_finish(&w));
    cr_expect_str_eq(out.data, "before");
    cr_expect_eq(out.len, 6U);
    buffer_release(&out);
}

static void open_buffer(size_t max_bytes)
{
    buffer_init(&out, max_bytes);
    cr_assert(buffer_append_text(&out, "before"));
}

Test(json_write, every_type_is_written_without_white_space)
{
    buffer_init(&out, 4096);
    w = json_write_object_into(&out);
    json_write_array(&w, "list");
    json_write_null(&w, NULL);
    json_write_bool(&w, NULL, true);
    json_write_bool(&w, NULL, false);
    json_write_integer(&w, NULL, -7);
    json_write_string(&w, NULL, "text");
    json_write_object(&w, NULL);
    json_write_integer(&w, "one", 1);
    json_write_end(&w);
    json_write_array(&w, NULL);
    json_write_end(&w);
    json_write_end(&w);
    json_write_string(&w, "last", "");
    expect_text("{\"list\":[null,true,false,-7,\"text\",{\"one\":1},[]],"
                "\"last\":\"\"}");
}

Test(json_write, the_end_ends_all_that_is_open)
{
    buffer_init(&out, 4096);
    w = json_write_array_into(&out);
    json_write_object(&w, NULL);
    json_write_array(&w, "a");
    expect_text("[{\"a\":[]}]");
}

Test(json_write, it_appends_and_puts_no_comma_behind_what_was_there)
{
    open_buffer(4096);
    w = json_write_array_into(&out);
    json_write_string(&w, NULL, "[");
    json_write_string(&w, NULL, "{");
    expect_text("before[\"[\",\"{\"]");
}

Test(json_write, a_text_may_come_in_parts)
{
    buffer_init(&out, 4096);
    w = json_write_object_into(&out);
    json_write_begin_string(&w, "a");
    json_write_part(&w, "\"one\"");
    json_write_part(&w, "");
    json_write_part(&w, "{");
    json_write_end_string(&w);
    json_write_null(&w, "b");
    expect_text("{\"a\":\"\\\"one\\\"{\",\"b\":null}");
}

Test(json_write, integers_keep_every_digit)
{
    buffer_init(&out, 4096);
    w = json_write_array_into(&out);
    json_write_integer(&w, NULL, INT64_MAX);
    json_write_integer(&w, NULL, INT64_MIN);
    json_write_integer(&w, NULL, 0);
    json_write_integer(&w, NULL, 10);
    expect_text("[9223372036854775807,-9223372036854775808,0,10]");
}

/* Each byte, at each place of a run of eight, as a key and as a text. */
Test(json_write, texts_are_escaped_as_cjson_escapes_them)
{
    for (int byte = 1; byte < 256; byte++) {
        for (size_t at = 0; at < 18; at++) {
            char text[] = "abcdefghijklmnopqr";
            cJSON *object = cJSON_CreateObject();
            char *wanted;

            text[at] = (char)byte;
            buffer_init(&out, 4096);
            cr_assert(cJSON_AddStringToObject(object, text, text));
            wanted = cJSON_PrintUnformatted(object);
            w = json_write_object_into(&out);
            json_write_string(&w, text, text);
            expect_text(wanted);
            cJSON_free(wanted);
            cJSON_Delete(object);
        }
    }
}

Test(json_write, what_was_read_is_copied)
{
    static const char *const texts[] = {
        "{\"a\":[1,\"x\\n\",null,true,false,{\"b\":-2.5}],\"c\":{}}",
        "[9007199254740991,1.5,-0.25,1e+300,\"\",\"\\u0001\"]",
        "[]",
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct json_document doc;
        struct buffer wanted;
        struct error err;

        buffer_init(&wanted, 4096);
        buffer_init(&out, 4096);
        cr_assert(json_parse(&doc, slice_of(texts[i]), &limits, &err));
        cr_assert(buffer_append_format(&wanted,
                                       "{\"first\":1,\"copy\":%s,"
                                       "\"items\":[",
                                       texts[i]));
        w = json_write_object_into(&out);
        json_write_integer(&w, "first", 1);
        json_write_copy(&w, "copy", doc.root);
        json_write_array(&w, "items");
        for (const struct json *one = json_first(doc.root); one;
             one = json_next(one))
            json_write_copy(&w, NULL, one);
        cr_assert(json_write_finish(&w));
        cr_expect(strncmp(out.data, wanted.data, wanted.len) == 0, "%s",
                  out.data);
        buffer_release(&wanted);
        buffer_release(&out);
        json_release(&doc);
    }
}

/* ---- failures stick, and come out at the end ---- */

Test(json_write, a_text_that_is_not_there_fails_the_writer)
{
    open_buffer(4096);
    w = json_write_object_into(&out);
    json_write_string(&w, "a", NULL);
    json_write_integer(&w, "b", 1);
    expect_failed();
}

Test(json_write, a_copy_of_nothing_fails_the_writer)
{
    open_buffer(4096);
    w = json_write_object_into(&out);
    json_write_copy(&w, "a", NULL);
    expect_failed();
}

Test(json_write, past_the_depth_it_fails_and_goes_on)
{
    for (int depth = 0; depth < JSON_WRITE_DEPTH_MAX + 2; depth++) {
        open_buffer(4096);
        w = json_write_array_into(&out);
        for (int i = 0; i < depth; i++)
            json_write_array(&w, NULL);
        for (int i = 0; i < depth + 2; i++)
            json_write_end(&w);
        if (depth >= JSON_WRITE_DEPTH_MAX) {
            expect_failed();
            continue;
        }
        cr_expect(json_write_finish(&w));
        cr_expect_eq(out.len, 6U + 2 * ((size_t)depth + 1));
        buffer_release(&out);
    }
}

/* Whatever the ceiling, it is all or nothing. */
Test(json_write, past_the_ceiling_the_buffer_stays_as_it_was)
{
    static const char whole[] = "{\"key\":\"a\\nb\",\"list\":[1,true,null]}";

    for (size_t room = 0; room < sizeof(whole) + 2; room++) {
        open_buffer(6 + room);
        w = json_write_object_into(&out);
        json_write_string(&w, "key", "a\nb");
        json_write_array(&w, "list");
        json_write_integer(&w, NULL, 1);
        json_write_bool(&w, NULL, true);
        json_write_null(&w, NULL);
        if (room < sizeof(whole) - 1) {
            expect_failed();
            continue;
        }
        cr_assert(json_write_finish(&w));
        cr_expect_str_eq(out.data + 6, whole);
        buffer_release(&out);
    }
}
