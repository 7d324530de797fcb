/*
 * One table: how much of each text is a number, and whether it is a whole one.
 */
#include "base/json_number.h"

#include <criterion/criterion.h>
#include <string.h>

#include "count.h"

static const struct {
    const char *text;
    size_t len; /* 0: malformed */
    bool whole;
} numbers[] = {
    {"0", 1, true},
    {"-0", 2, true},
    {"-120", 4, true},
    {"12]", 2, true},
    {"12 ", 2, true},
    {"12,13", 2, true},
    {"12\n}", 2, true},
    {"1.0", 3, true},
    {"1.5", 3, false},
    {"0.10", 4, false},
    {"1e0", 3, true},
    {"1E+05", 5, true},
    {"1.25e2", 6, true},
    {"1.25e1", 6, false},
    {"1.250e2", 7, true},
    {"100e-2", 6, true},
    {"110e-2", 6, false},
    {"1e-1", 4, false},
    {"0e-9", 4, true},
    {"0.00e-9", 7, true},
    {"1e99999999999999999999", 22, true},
    {"1e-99999999999999999999", 23, false},
    {"9.99999999999999999", 19, false},
    {"9007199254740990.6", 18, false},
    {"", 0, false},
    {"-", 0, false},
    {"+1", 0, false},
    {"01", 0, false},
    {"-00", 0, false},
    {".5", 0, false},
    {"1.", 0, false},
    {"1.e1", 0, false},
    {"1e", 0, false},
    {"1e+", 0, false},
    {"1e1.5", 0, false},
    {"1.2.3", 0, false},
    {"1-2", 0, false},
    {"0x1", 0, false},
    {"1\"", 0, false},
    {"1:", 0, false},
    {"1[", 0, false},
    {"NaN", 0, false},
};

Test(json_number, a_number_is_read_as_it_is_written)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        bool whole = !numbers[i].whole;
        size_t len = json_number_read(slice_of(numbers[i].text), &whole);

        cr_expect_eq(len, numbers[i].len, "%s: %zu", numbers[i].text, len);
        if (len)
            cr_expect_eq(whole, numbers[i].whole, "%s", numbers[i].text);
    }
}
