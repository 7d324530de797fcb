/* RFC 4648's vectors decode, malformed texts do not; both are tables. */
#include "base/base64.h"

#include <criterion/criterion.h>
#include <string.h>

#include "count.h"

/* RFC 4648 section 10, and every digit. */
static const struct {
    const char *text;
    const char *bytes;
} vectors[] = {
    {"", ""},
    {"Zg==", "f"},
    {"Zm8=", "fo"},
    {"Zm9v", "foo"},
    {"Zm9vYg==", "foob"},
    {"Zm9vYmE=", "fooba"},
    {"Zm9vYmFy", "foobar"},
    {"Zg", "f"},
    {"Zg=", "f"},
    {"Zm8", "fo"},
    {"eyJhIjoiw7wifQ==", "{\"a\":\"\xc3\xbc\"}"},
    {"+/+/", "\xfb\xff\xbf"},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
     "\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51"
     "\x55\x97\x61\x96\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a"
     "\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf"},
};

Test(base64, the_vectors_of_the_rfc_decode)
{
    for (size_t i = 0; i < COUNT(vectors); i++) {
        size_t digits = strcspn(vectors[i].text, "=");
        struct buffer out;

        buffer_init(&out, 100);
        cr_expect(base64_decode(slice_of(vectors[i].text), &out), "%s",
                  vectors[i].text);
        cr_expect_eq(out.len, digits * 6 / 8, "%s", vectors[i].text);
        cr_expect_eq(memcmp(out.data, vectors[i].bytes, out.len), 0, "%s",
                     vectors[i].text);
        buffer_release(&out);
    }
}

static const char *const malformed[] = {
    "Z",      "Zm9vY", "Zg===", "====",    "Z===", "Zm=v",      "Zm9v Yg",
    "Zm9v\n", "Zm9-",  "Zm9_",  "Zm9\xff", "Zm,v", "Zm9v=Zm9v",
};

Test(base64, anything_else_is_refused)
{
    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct buffer out;

        buffer_init(&out, 100);
        cr_expect(!base64_decode(slice_of(malformed[i]), &out), "%s",
                  malformed[i]);
        buffer_release(&out);
    }
}

Test(base64, a_full_buffer_takes_nothing_more)
{
    struct buffer out;

    buffer_init(&out, 5);
    cr_expect(!base64_decode(slice_of("Zm9vYmFy"), &out));
    cr_expect_leq(out.len, 5U);
    buffer_release(&out);
}

Test(base64, what_was_there_stays_in_front)
{
    struct buffer out;

    buffer_init(&out, 100);
    cr_expect(buffer_append_text(&out, "a "));
    cr_expect(base64_decode(slice_of("Zm9v"), &out));
    cr_expect_str_eq(out.data, "a foo");
    buffer_release(&out);
}
