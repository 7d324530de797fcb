/*
 * A number is whole if its exponent moves the point behind the last digit that
 * is not zero.  That is counted on the digits; no value is ever computed.
 */
#include "base/json_number.h"

#include <string.h>

/* A number's parts, as RFC 8259 section 6 names them. */
struct number {
    size_t len;
    struct slice integer;  /* digits */
    struct slice fraction; /* digits; {NULL, 0}: none */
    struct slice exponent; /* digits; {NULL, 0}: none */
    bool negative_exponent;
};

static struct slice take_digits(struct slice *left)
{
    struct slice digits = {left->at, 0};

    while (digits.len < left->len && digits.at[digits.len] >= '0' &&
           digits.at[digits.len] <= '9')
        digits.len++;
    left->at += digits.len;
    left->len -= digits.len;
    return digits;
}

/* Take one byte if it is C. */
static bool take(struct slice *left, char c)
{
    if (!left->len || left->at[0] != c)
        return false;
    left->at++;
    left->len--;
    return true;
}

/* Split the number at the beginning of TEXT; false if it is malformed. */
static bool take_number(struct slice text, struct number *number)
{
    struct slice left = text;

    *number = (struct number){0};
    (void)take(&left, '-');
    number->integer = take_digits(&left);
    if (!number->integer.len ||
        (number->integer.at[0] == '0' && number->integer.len > 1))
        return false;
    if (take(&left, '.')) {
        number->fraction = take_digits(&left);
        if (!number->fraction.len)
            return false;
    }
    if (take(&left, 'e') || take(&left, 'E')) {
        number->negative_exponent = take(&left, '-');
        if (!number->negative_exponent)
            (void)take(&left, '+');
        number->exponent = take_digits(&left);
        if (!number->exponent.len)
            return false;
    }
    number->len = text.len - left.len;
    return !left.len || strchr(" \t\r\n,]}", left.at[0]);
}

/* Zeros at the end of DIGITS. */
static size_t count_zeros(struct slice digits)
{
    size_t count = 0;

    while (count < digits.len && digits.at[digits.len - 1 - count] == '0')
        count++;
    return count;
}

/* How far the exponent moves the point, cut where no text has the digits. */
static long long exponent_of(const struct number *number)
{
    const long long most = 1LL << 32;
    long long exponent = 0;

    if (number->exponent.len &&
        (!slice_to_int(number->exponent, &exponent) || exponent > most))
        exponent = most;
    return number->negative_exponent ? -exponent : exponent;
}

/* Judged by the digits: the value may be rounded in a double. */
static bool is_whole(const struct number *number)
{
    size_t zeros = count_zeros(number->fraction);

    if (zeros == number->fraction.len)
        zeros += count_zeros(number->integer);
    if (zeros == number->fraction.len + number->integer.len)
        return true;
    return (long long)number->fraction.len - (long long)zeros <=
           exponent_of(number);
}

size_t json_number_read(struct slice text, bool *whole)
{
    struct number number;

    if (!take_number(text, &number))
        return 0;
    *whole = is_whole(&number);
    return number.len;
}
