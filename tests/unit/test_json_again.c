/* Documents that take over the memory of the one before. */
#include "base/json.h"

#include <criterion/criterion.h>
#include <string.h>

#include "count.h"

static const struct json_limits limits = {
    .max_bytes = 1024, .max_depth = 8, .max_values = 64};

Test(json_again, a_document_is_parsed_again_in_the_memory_of_the_one_before)
{
    static const struct {
        const char *text;
        bool good;
    } turns[] = {
        {"{\"a\":[1,2,3],\"b\":\"long enough to be the longest\"}", true},
        {"[\"x\"]", true},
        {"[1", false},
        {"", false},
        {"7", true},
    };
    struct json_document doc = {0};
    struct json_items *kept = NULL;
    struct error err;

    for (size_t i = 0; i < COUNT(turns); i++) {
        struct buffer out;

        buffer_init(&out, 100);
        cr_expect_eq(
            json_parse_again(&doc, slice_of(turns[i].text), &limits, &err),
            turns[i].good, "%zu", i);
        cr_expect_eq(json_print(&doc, &out), turns[i].good, "%zu", i);
        cr_expect(!turns[i].good || strcmp(out.data, turns[i].text) == 0);
        cr_expect(i == 0 || doc.items == kept, "%zu", i);
        kept = doc.items;
        if (i == 1)
            json_clear(&doc);
        buffer_release(&out);
    }
    json_release(&doc);
    cr_expect_null(doc.items);
}

/* More values than their text lets expect, then a longer text. */
Test(json_again, what_does_not_fit_into_kept_memory_gets_its_own)
{
    const struct json_limits roomy = {
        .max_bytes = 1UL << 20, .max_depth = 4, .max_values = 1UL << 20};
    struct json_document doc = {0};
    struct buffer text, out;
    struct error err;

    for (size_t count = 1; count < 100000; count *= 3) {
        buffer_init(&text, 1UL << 20);
        buffer_init(&out, 1UL << 20);
        cr_assert(buffer_append_text(&text, "[1"));
        for (size_t i = 1; i < count; i++)
            cr_assert(buffer_append_text(&text, ",1"));
        cr_assert(buffer_append_text(&text, "]"));
        for (int turn = 0; turn < 2; turn++) {
            buffer_clear(&out);
            cr_assert(
                json_parse_again(&doc, buffer_slice(&text), &roomy, &err));
            cr_assert(json_print(&doc, &out));
            cr_expect_str_eq(out.data, text.data, "%zu", count);
        }
        json_clear(&doc);
        cr_expect(count < 10000 || !doc.items, "%zu", count);
        buffer_release(&text);
        buffer_release(&out);
    }
    json_release(&doc);
}

Test(json_again, much_memory_is_not_kept)
{
    static char text[100000];
    const struct json_limits roomy = {
        .max_bytes = sizeof(text), .max_depth = 1, .max_values = 1};
    struct json_document doc = {0};
    struct error err;

    memset(text, 'x', sizeof(text));
    text[0] = text[sizeof(text) - 1] = '"';
    cr_assert(json_parse_again(&doc, (struct slice){text, sizeof(text)}, &roomy,
                               &err));
    cr_expect(doc.items != NULL);
    json_clear(&doc);
    cr_expect_null(doc.items);
}
