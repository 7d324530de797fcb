/*
 * Slices are compared with the answers that they must give; buffers with low
 * ceilings are filled to the ceiling and one byte past it.
 */
#include "base/buffer.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "count.h"

/* ---- slices ---- */

Test(slice, of_nothing_is_none_and_of_an_empty_text_is_there)
{
    cr_expect_null(slice_of(NULL).at);
    cr_expect_eq(slice_of(NULL).len, 0U);
    cr_expect_not_null(slice_of("").at);
    cr_expect_not_null(SLICE_EMPTY.at);
    cr_expect_eq(slice_of("abc").len, 3U);
}

Test(slice, equal_means_the_same_bytes_and_none_equals_only_none)
{
    const struct slice none = {0};

    cr_expect(slice_equal(none, none));
    cr_expect(!slice_equal(none, SLICE_EMPTY));
    cr_expect(!slice_equal(SLICE_EMPTY, none));
    cr_expect(slice_equal(slice_of("ab"), slice_of("ab")));
    cr_expect(!slice_equal(slice_of("ab"), slice_of("abc")));
    cr_expect(!slice_equal(slice_of("ab"), slice_of("aB")));
    cr_expect(
        slice_equal((struct slice){"a\0b", 3}, (struct slice){"a\0b", 3}));
    cr_expect(
        !slice_equal((struct slice){"a\0b", 3}, (struct slice){"a\0c", 3}));
}

Test(slice, equal_in_constant_time_finds_a_difference_anywhere)
{
    static const char secret[] = "0123456789abcdef";
    const size_t len = sizeof(secret) - 1;
    const struct slice none = {0};

    for (size_t i = 0; i < len; i++) {
        char other[sizeof(secret)];

        memcpy(other, secret, sizeof(secret));
        cr_expect(slice_equal_in_constant_time(slice_of(secret),
                                               (struct slice){other, len}));
        other[i] ^= 1;
        cr_expect(!slice_equal_in_constant_time(slice_of(secret),
                                                (struct slice){other, len}));
        cr_expect(!slice_equal_in_constant_time(slice_of(secret),
                                                (struct slice){secret, i}));
    }
    cr_expect(slice_equal_in_constant_time(none, none));
    cr_expect(!slice_equal_in_constant_time(none, SLICE_EMPTY));
    cr_expect(!slice_equal_in_constant_time(SLICE_EMPTY, none));
}

Test(slice, is_compares_with_a_text)
{
    cr_expect(slice_is(slice_of("POST"), "POST"));
    cr_expect(!slice_is(slice_of("POST"), "post"));
    cr_expect(!slice_is(slice_of("POSTS"), "POST"));
    cr_expect(!slice_is((struct slice){0}, ""));
    cr_expect(slice_is_ignoring_case(slice_of("Content-Type"), "content-type"));
    cr_expect(!slice_is_ignoring_case(slice_of("Content"), "content-type"));
    cr_expect(!slice_is_ignoring_case((struct slice){0}, ""));
}

Test(slice, trim_takes_blanks_off_both_ends_alone)
{
    cr_expect(slice_is(slice_trim(slice_of(" \t a b\t ")), "a b"));
    cr_expect(slice_is(slice_trim(slice_of(" \t ")), ""));
    cr_expect(slice_is(slice_trim(slice_of("\na\r")), "\na\r"));
    cr_expect_null(slice_trim((struct slice){0}).at);
}

static const struct {
    const char *text;
    bool is_number;
    long long value;
} numbers[] = {
    {"0", true, 0},
    {"7", true, 7},
    {"-7", true, -7},
    {"007", true, 7},
    {"9223372036854775807", true, LLONG_MAX},
    {"-9223372036854775807", true, -LLONG_MAX},
    {"9223372036854775808", false, 0},
    {"99999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"--7", false, 0},
    {"+7", false, 0},
    {" 7", false, 0},
    {"7 ", false, 0},
    {"7.0", false, 0},
    {"0x7", false, 0},
    {"7a", false, 0},
    {"1e3", false, 0},
};

Test(slice, to_int_reads_decimal_digits_and_nothing_else)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        long long value = 12345;
        bool is_number = slice_to_int(slice_of(numbers[i].text), &value);

        cr_expect_eq(is_number, numbers[i].is_number, "\"%s\"",
                     numbers[i].text);
        cr_expect_eq(value, is_number ? numbers[i].value : 12345, "\"%s\"",
                     numbers[i].text);
    }
}

Test(slice, to_int_stops_at_the_length)
{
    long long value;

    cr_expect(slice_to_int((struct slice){"123x", 3}, &value));
    cr_expect_eq(value, 123);
}

/* ---- buffers ---- */

/* What is in it is to be overwritten. */
static struct buffer b = {.data = (char[]){"old"}, .len = 3, .capacity = 4};

Test(buffer, nothing_is_allocated_before_the_first_append)
{
    buffer_init(&b, 100);
    cr_expect_null(b.data);
    cr_expect(slice_is(buffer_slice(&b), ""));
    buffer_clear(&b);
    buffer_release(&b);
    cr_expect_null(b.data);
}

Test(buffer, appends_follow_each_other_and_end_with_a_nul)
{
    buffer_init(&b, 100);
    cr_expect(buffer_append(&b, "ab", 2));
    cr_expect(buffer_append_text(&b, "cd"));
    cr_expect(buffer_append_format(&b, "%d-%s", 5, "e"));
    cr_expect_str_eq(b.data, "abcd5-e");
    cr_expect_eq(b.len, 7U);
    cr_expect(slice_is(buffer_slice(&b), "abcd5-e"));
    buffer_release(&b);
}

Test(buffer, bytes_may_be_any_and_none)
{
    buffer_init(&b, 100);
    cr_expect(buffer_append(&b, NULL, 0));
    cr_expect_str_eq(b.data, "");
    cr_expect(buffer_append(&b, "a\0b", 3));
    cr_expect_eq(b.len, 3U);
    cr_expect_eq(memcmp(b.data, "a\0b", 4), 0);
    buffer_release(&b);
}

Test(buffer, the_ceiling_itself_fits_and_one_byte_more_is_refused_whole)
{
    buffer_init(&b, 5);
    cr_expect(buffer_append_text(&b, "abc"));
    cr_expect(!buffer_append_text(&b, "def"));
    cr_expect_str_eq(b.data, "abc");
    cr_expect(!buffer_append_format(&b, "%d", 100));
    cr_expect_str_eq(b.data, "abc");
    cr_expect(buffer_append_format(&b, "%d", 10));
    cr_expect_str_eq(b.data, "abc10");
    cr_expect(!buffer_append_text(&b, "x"));
    cr_expect(!buffer_reserve(&b, 1));
    cr_expect(buffer_append_text(&b, ""));
    cr_expect_eq(b.len, 5U);
    buffer_release(&b);
}

Test(buffer, a_format_longer_than_the_memory_so_far_is_printed_whole)
{
    buffer_init(&b, 2000);
    cr_expect(buffer_append_text(&b, "abc"));
    for (int digits = 250; digits < 260; digits++) {
        const size_t len = b.len;

        cr_expect(buffer_append_format(&b, "%0*d|", digits, 7));
        cr_expect_eq(b.len, len + (size_t)digits + 1);
        cr_expect_str_eq(b.data + b.len - 3, "07|");
        if (digits % 2) {
            buffer_release(&b);
            cr_expect(buffer_append_text(&b, "abc"));
        }
    }
    buffer_release(&b);
}

Test(buffer, a_huge_count_is_refused_and_does_not_wrap_around)
{
    buffer_init(&b, 1000);
    cr_expect(buffer_append_text(&b, "abc"));
    cr_expect(!buffer_reserve(&b, SIZE_MAX));
    cr_expect(!buffer_reserve(&b, SIZE_MAX - 2));
    cr_expect_str_eq(b.data, "abc");
    buffer_release(&b);
}

/* AddressSanitizer ends the program where an allocation is too large. */
#ifndef __SANITIZE_ADDRESS__
Test(buffer, what_the_machine_cannot_give_is_refused)
{
    buffer_init(&b, SIZE_MAX / 4);
    cr_expect(buffer_append_text(&b, "abc"));
    cr_expect(!buffer_reserve(&b, SIZE_MAX / 8));
    cr_expect_str_eq(b.data, "abc");
    buffer_release(&b);
}
#endif

Test(buffer, grows_byte_by_byte_up_to_its_ceiling)
{
    buffer_init(&b, 10000);
    for (size_t i = 0; i < 10000; i++) {
        cr_assert(buffer_append(&b, &"0123456789"[i % 10], 1));
        cr_assert_eq(b.len, i + 1);
        cr_assert_eq(b.data[b.len], '\0');
    }
    cr_expect_eq(b.data[9999], '9');
    cr_expect(!buffer_append(&b, "x", 1));
    buffer_release(&b);
}

Test(buffer, reserve_makes_room_and_changes_nothing)
{
    buffer_init(&b, 1000);
    cr_expect(buffer_append_text(&b, "abc"));
    cr_expect(buffer_reserve(&b, 900));
    cr_expect_geq(b.capacity, 904U);
    cr_expect_str_eq(b.data, "abc");
    cr_expect_eq(b.len, 3U);
    buffer_release(&b);
}

/* The largest capacity that is kept, and the next one. */
Test(buffer, clear_gives_back_what_a_large_content_took)
{
    buffer_init(&b, 4 * BUFFER_KEPT_MAX_BYTES);
    cr_assert(buffer_reserve(&b, BUFFER_KEPT_MAX_BYTES - 1));
    cr_expect_eq(b.capacity, BUFFER_KEPT_MAX_BYTES);
    buffer_clear(&b);
    cr_expect_eq(b.capacity, BUFFER_KEPT_MAX_BYTES);
    cr_assert(buffer_reserve(&b, BUFFER_KEPT_MAX_BYTES));
    buffer_clear(&b);
    cr_expect_eq(b.capacity, 0U);
    cr_expect_null(b.data);
    cr_expect(buffer_append_text(&b, "again"));
    buffer_release(&b);
}

Test(buffer, clear_keeps_the_memory_and_release_the_ceiling)
{
    size_t capacity;

    buffer_init(&b, 300);
    cr_expect(buffer_append_text(&b, "abc"));
    capacity = b.capacity;
    buffer_clear(&b);
    cr_expect_eq(b.capacity, capacity);
    cr_expect_str_eq(b.data, "");
    cr_expect_eq(b.len, 0U);
    cr_expect(buffer_append_text(&b, "d"));
    cr_expect_str_eq(b.data, "d");
    buffer_release(&b);
    cr_expect_eq(b.max_bytes, 300U);
    cr_expect(buffer_append_text(&b, "e"));
    cr_expect_str_eq(b.data, "e");
    buffer_release(&b);
}
