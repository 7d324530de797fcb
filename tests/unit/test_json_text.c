/*
 * What a text may hold: each is put into a string or an object and parsed, in
 * tables of what must pass, what it becomes, and what must be found; limits are
 * tried at their value and one past it.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "count.h"

static const struct json_limits roomy = {
    .max_bytes = 4096,
    .max_depth = JSON_DEPTH_MAX,
    .max_values = 1000,
};

/* Why the last text did not pass. */
static struct error err;

static bool check_slice(struct slice text, const struct json_limits *limits)
{
    struct json_document doc;
    bool fine;

    err = (struct error){0};
    fine = json_parse(&doc, text, limits, &err);
    json_release(&doc);
    return fine;
}

static bool check(const char *text, const struct json_limits *limits)
{
    return check_slice(slice_of(text), limits);
}

static bool check_bytes(const char *text, size_t len)
{
    return check_slice((struct slice){text, len}, &roomy);
}

/* ---- encoding; each is the inside of a string ---- */

static const char *const utf8[] = {
    "",
    "plain",
    "\x7f",
    "\xc2\x80",
    "\xdf\xbf",
    "\xe0\xa0\x80",
    "\xe1\x80\x80",
    "\xec\xbf\xbf",
    "\xed\x9f\xbf",
    "\xee\x80\x80",
    "\xef\xbf\xbf",
    "\xf0\x90\x80\x80",
    "\xf1\x80\x80\x80",
    "\xf3\xbf\xbf\xbf",
    "\xf4\x8f\xbf\xbf",
    "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x8e\xab",
    "\\\"\\\\\\/\\b\\f\\n\\r\\t",
    "\\u0001",
    "\\ud83c\\udfab",
    /* An escaped backslash with digits behind it is no escaped U+0000. */
    "\\\\u0000",
};

Test(json_text, well_formed_utf8_and_escapes_pass)
{
    for (size_t i = 0; i < COUNT(utf8); i++) {
        char text[64];

        (void)snprintf(text, sizeof(text), "{\"%s\":\"%s\"}", utf8[i], utf8[i]);
        cr_expect(check(text, &roomy), "text %zu: %s", i, err.text);
    }
}

/* RFC 3629 section 4, and Unicode's table 3-7, each row's neighbours. */
static const char *const no_utf8[] = {
    "\x80",             /* a continuation on its own */
    "\xbf",             /* likewise */
    "\xc0\x80",         /* overlong U+0000 */
    "\xc1\xbf",         /* overlong U+007F */
    "\xe0\x9f\xbf",     /* overlong U+07FF */
    "\xf0\x8f\xbf\xbf", /* overlong U+FFFF */
    "\xed\xa0\x80",     /* the surrogate U+D800 */
    "\xed\xbf\xbf",     /* the surrogate U+DFFF */
    "\xf4\x90\x80\x80", /* past U+10FFFF */
    "\xf5\x80\x80\x80", /* never a first byte */
    "\xf8\x88\x80\x80\x80",
    "\xfe",
    "\xff",
    "\xc3",          /* cut short by the end of the string */
    "\xe2\x82",      /* likewise */
    "\xf0\x9f\x8e",  /* likewise */
    "\xc3(",         /* no continuation where one belongs */
    "\xe2(\xa1",     /* likewise */
    "\xe2\x82(",     /* likewise */
    "\xf0(\x8c\xbc", /* likewise */
    "\xf0\x90(\xbc", /* likewise */
    "\xf0\x90\x8c(", /* likewise */
    "\xc3\xc3\xa9",  /* a first byte in its place */
    "caf\xe9",       /* Latin-1 */
};

Test(json_text, each_kind_of_malformed_utf8_is_found)
{
    for (size_t i = 0; i < COUNT(no_utf8); i++) {
        char text[32];

        (void)snprintf(text, sizeof(text), "[\"%s\"]", no_utf8[i]);
        cr_expect(!check(text, &roomy), "bytes %zu", i);
        cr_expect(strstr(err.text, "not UTF-8"), "%zu: %s", i, err.text);
    }
}

Test(json_text, a_sequence_is_not_looked_for_behind_the_text)
{
    const char text[] = "\"\xf0\x9f\x8e\xab\"";

    for (size_t len = 1; len < sizeof(text) - 1; len++)
        cr_expect(!check_bytes(text, len), "%zu", len);
}

Test(json_text, the_byte_at_fault_is_named)
{
    cr_expect(!check("{\"ab\":\"\xc3(\"}", &roomy));
    cr_expect_str_eq(err.text, "byte 7: not UTF-8");
    cr_expect(!check("[\"a\\u0000\"]", &roomy));
    cr_expect_str_eq(err.text, "byte 3: \\u0000 in a string");
    cr_expect(!check("[\"a\\", &roomy));
    cr_expect_str_eq(err.text, "byte 3: a string does not end");
}

/* An escape has become a line feed before the mistake is found. */
Test(json_text, the_line_at_fault_is_named_where_that_is_asked_for)
{
    static const struct {
        const char *text, *mistake;
    } lines[] = {
        {"]", "line 1: not valid JSON"},
        {"[\"\\n\\n\"\r\n,\n,]", "line 3: not valid JSON"},
        {"{\"a\":1,\n\"b\":2,\n\"a\":3}\n", "line 3: key \"a\" is given twice"},
        {"[1\n", "line 2: not valid JSON"},
    };
    struct json_limits limits = roomy;

    limits.unique_keys = true;
    limits.by_line = true;
    for (size_t i = 0; i < COUNT(lines); i++) {
        cr_expect(!check(lines[i].text, &limits), "%zu", i);
        cr_expect_str_eq(err.text, lines[i].mistake);
    }
}

/* ---- characters ---- */

Test(json_text, an_escaped_nul_is_found_in_keys_and_values)
{
    static const char *const texts[] = {"\"\\u0000\"", "{\"a\\u0000\":1}",
                                        "[\"\\\\\\u0000\"]", "\"\\n\\u0000\""};

    for (size_t i = 0; i < COUNT(texts); i++) {
        cr_expect(!check(texts[i], &roomy), "text %zu", i);
        cr_expect(strstr(err.text, "\\u0000 in a string"));
    }
}

Test(json_text, bare_control_characters_in_strings_are_found)
{
    for (int c = 0; c < 0x20; c++) {
        const char text[] = {'"', 'a', (char)c, '"'};

        cr_expect(!check_bytes(text, sizeof(text)), "%d", c);
        cr_expect_str_eq(err.text, "byte 2: control character in a string");
    }
}

/* A parser may take them for U+0000. */
Test(json_text, an_escape_without_its_four_digits_is_found)
{
    static const char *const texts[] = {
        "\"\\u\"",     "\"\\u12\"",   "\"\\u000\"",   "\"\\uzzzz\"",
        "\"\\u12g4\"", "\"\\u 041\"", "\"a\\u-041\"", "\"\\u004"};

    for (size_t i = 0; i < COUNT(texts); i++)
        cr_expect(!check(texts[i], &roomy), "%s", texts[i]);
}

Test(json_text, a_string_that_does_not_end_is_found)
{
    static const char *const texts[] = {"\"", "\"abc", "\"abc\\", "\"abc\\\"",
                                        "\"\\n"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        cr_expect(!check(texts[i], &roomy), "text %zu", i);
        cr_expect(strstr(err.text, "a string does not end"), "%s", err.text);
    }
}

static const struct {
    const char *text;
    const char *becomes;
} escaped[] = {
    {"", ""},
    {"plain, and longer than eight bytes",
     "plain, and longer than eight bytes"},
    {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
    {"longer than eight\\n and after it", "longer than eight\n and after it"},
    {"\\u0001\\u007f", "\x01\x7f"},
    {"\\u0080\\u07ff", "\xc2\x80\xdf\xbf"},
    {"\\u0800\\uffff", "\xe0\xa0\x80\xef\xbf\xbf"},
    {"\\ud800\\udc00", "\xf0\x90\x80\x80"},
    {"\\uDBFF\\uDFFF!", "\xf4\x8f\xbf\xbf!"},
    {"\\n\xc3\xbc\\t\xe2\x82\xac", "\n\xc3\xbc\t\xe2\x82\xac"},
};

Test(json_text, escapes_become_what_they_stand_for)
{
    for (size_t i = 0; i < COUNT(escaped); i++) {
        struct json_document doc;
        const struct json *member;
        char text[160];

        (void)snprintf(text, sizeof(text), "{\"%s\":\"%s\"}", escaped[i].text,
                       escaped[i].text);
        cr_assert(json_parse(&doc, slice_of(text), &roomy, &err), "%s: %s",
                  text, err.text);
        member = json_first(doc.root);
        cr_expect_str_eq(json_key(member), escaped[i].becomes, "%s", text);
        cr_expect_str_eq(json_string(member).at, escaped[i].becomes, "%s",
                         text);
        json_release(&doc);
    }
}

/* Eight bytes are looked at together: each place of each byte that ends it. */
Test(json_text, no_byte_is_overlooked_at_any_place)
{
    static const char *const ends[] = {"\"", "\\x", "\x1f", "\xff", "\x80"};

    for (size_t i = 0; i < COUNT(ends) * 24; i++) {
        char text[64];

        (void)snprintf(text, sizeof(text), "[\"%.*s%s%.16s\"]", (int)(i % 24),
                       "abcdefgh !#[]^_~\x7f{}|zyxw", ends[i / 24],
                       "ABCDEFGHIJKLMNOP");
        cr_expect(!check(text, &roomy), "%s", text);
    }
}

Test(json_text, a_byte_order_mark_is_skipped_before_the_text_only)
{
    cr_expect(check("\xef\xbb\xbf{}", &roomy));
    cr_expect(!check("{}\xef\xbb\xbf", &roomy));
    cr_expect(!check("\xef\xbb\xbf\xef\xbb\xbf{}", &roomy));
    cr_expect(!check("\xef\xbb\xbf", &roomy));
}

/* ---- limits ---- */

Test(json_text, the_longest_text_passes_and_one_byte_more_does_not)
{
    const struct json_limits limits = {
        .max_bytes = 4, .max_depth = 4, .max_values = 4};

    cr_expect(check("1234", &limits));
    cr_expect(!check("12345", &limits));
    cr_expect_str_eq(err.text, "longer than 4 bytes");
}

Test(json_text, the_deepest_nesting_passes_and_one_more_does_not)
{
    const struct json_limits limits = {
        .max_bytes = 100, .max_depth = 3, .max_values = 100};

    cr_expect(check("[[[]],[{}],{\"a\":[]}]", &limits));
    cr_expect(!check("[[{\"a\":[]}]]", &limits));
    cr_expect_str_eq(err.text, "byte 7: nested deeper than 3");
}

Test(json_text, brackets_in_strings_are_no_nesting)
{
    const struct json_limits limits = {
        .max_bytes = 100, .max_depth = 1, .max_values = 2};

    cr_expect(check("[\"[[[{{{,,,:::\\\"[[\"]", &limits));
}

Test(json_text, no_limit_allows_more_depth_than_a_parser_may_recurse)
{
    const struct json_limits limits = {
        .max_bytes = 4096, .max_depth = 4096, .max_values = 4096};
    char text[JSON_DEPTH_MAX + 2];

    memset(text, '[', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    cr_expect(!check(text, &limits));
    cr_expect(strstr(err.text, "nested deeper"), "%s", err.text);
    text[JSON_DEPTH_MAX] = '\0';
    cr_expect(!check(text, &limits));
    cr_expect(strstr(err.text, "not valid JSON"), "%s", err.text);
}

Test(json_text, values_and_keys_are_counted)
{
    const struct json_limits limits = {
        .max_bytes = 100, .max_depth = 4, .max_values = 4};

    cr_expect(check("[1,2,3,4]", &limits));
    cr_expect(!check("[1,2,3,4,5]", &limits));
    cr_expect_str_eq(err.text, "byte 9: more than 4 values");
    cr_expect(check("{\"a\":1,\"b\":2}", &limits));
    cr_expect(!check("{\"a\":1,\"b\":2,\"c\":3}", &limits));
}

/* ---- numbers ---- */

Test(json_text, a_malformed_number_is_found_where_it_begins)
{
    cr_expect(!check("[1,02]", &roomy));
    cr_expect_str_eq(err.text, "byte 3: malformed number");
}

Test(json_text, a_number_ends_where_the_text_ends)
{
    cr_expect(check_bytes("1.5", 1));
    cr_expect(!check_bytes("1.5", 2));
    cr_expect(!check_bytes("1e5", 2));
    cr_expect(check_bytes("1,2", 1));
}

static const struct {
    const char *text;
    double number;
} numbers[] = {
    {"0", 0},
    {"-0", -0.0},
    {"7", 7},
    {"-10", -10},
    {"999999999999999", 999999999999999},
    {"-9007199254740991", -9007199254740991},
    {"12.5", 12.5},
    {"1e3", 1000},
    {"-25E-2", -0.25},
};

Test(json_text, numbers_keep_their_value_in_any_place)
{
    static const struct {
        const char *before, *behind;
    } places[] = {{"", ""},     {" ", " "},       {"[", "]"},
                  {"[", ",1]"}, {"{\"a\":", "}"}, {"[", "\n]"}};

    for (size_t i = 0; i < COUNT(numbers) * COUNT(places); i++) {
        const double number = numbers[i / COUNT(places)].number;
        struct json_document doc;
        const struct json *value;
        char text[64];

        (void)snprintf(
            text, sizeof(text), "%s%s%s", places[i % COUNT(places)].before,
            numbers[i / COUNT(places)].text, places[i % COUNT(places)].behind);
        cr_assert(json_parse(&doc, slice_of(text), &roomy, &err), "%s: %s",
                  text, err.text);
        value = json_first(doc.root) ? json_first(doc.root) : doc.root;
        cr_expect_eq(json_number(value), number, "%s", text);
        cr_expect_eq(!signbit(json_number(value)), !signbit(number), "%s",
                     text);
        json_release(&doc);
    }
}
