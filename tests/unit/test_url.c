/*
 * Tables of URLs that are accepted and refused, and of the words of each
 * refusal.
 */
#include "base/url.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"

static const char *const accepted[] = {
    "https://eu1-kind-cat-12345.upstash.io",
    "https://eu1-kind-cat-12345.upstash.io/",
    "https://kv.example:8443/base/path",
    "https://kv.example:65535",
    "HTTPS://KV.EXAMPLE",
    "https://192.0.2.1",
    "https://[2001:db8::1]:8443/",
    "https://under_score.example",
    "https://kv.example/user@path",
    "http://localhost",
    "http://localhost:8079/",
    "http://LOCALHOST",
    "http://kv.localhost:1",
    "http://127.0.0.1:8079",
    "http://127.255.255.254",
    "http://[::1]",
    "http://[::1]:8079/path",
};

Test(url, https_is_accepted_anywhere_and_http_for_loopback_hosts)
{
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct error err = {0};

        cr_expect(url_check(accepted[i], &err), "%s: %s", accepted[i],
                  err.text);
    }
}

static const char *const refused[] = {
    "",
    "kv.example",
    "//kv.example",
    "ftp://kv.example",
    "file:///etc/passwd",
    "https:/kv.example",
    "https:kv.example",
    " https://kv.example",
    /* plain http to somebody else */
    "http://kv.example",
    "http://10.0.0.1",
    "http://128.0.0.1",
    "http://126.255.255.255",
    "http://127.0.0.1.example",
    "http://127.1",
    "http://2130706433",
    "http://0x7f.0.0.1",
    "http://localhost.example",
    "http://notlocalhost",
    "http://.localhost.example",
    "http://[::2]",
    "http://[::1].example",
    "http://[::1]example",
    /* a user, also one that looks like the host */
    "https://user@kv.example",
    "https://user:password@kv.example",
    "https://kv.example@evil.example",
    "http://localhost@evil.example",
    "http://localhost:80@evil.example",
    "http://localhost\\@evil.example",
    /* no host, or none that is one */
    "https://",
    "https:///path",
    "https://:443",
    "https://?query",
    "https://#fragment",
    "https://kv.exa mple",
    "https://kv.example\r\nHost: evil.example",
    "https://kv.example\n",
    "https://kv.example\\path",
    "https://kv%2eexample",
    "https://...",
    "https://kv..example",
    "https://kv.example:65536",
    "https://kv.example:-1",
    /* what stands behind a path that is put behind it */
    "https://kv.example?query",
    "https://kv.example/base/path?query",
    "https://kv.example/#fragment",
    "https://\xc3\xbc.example",
    "http://local\thost",
};

Test(url, anything_else_is_refused_and_not_repeated)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct error err = {0};

        cr_expect(!url_check(refused[i], &err), "%s", refused[i]);
        cr_expect_gt(strlen(err.text), 0U, "%s", refused[i]);
        cr_expect(!strstr(err.text, "example"), "%s", err.text);
        cr_expect(!strstr(err.text, "password@"), "%s", err.text);
    }
}

Test(url, each_reason_has_its_words)
{
    static const struct {
        const char *url;
        const char *words;
    } reasons[] = {
        {"ftp://kv.example", "must begin with https://"},
        {"https://u@kv.example", "must not contain a user or password"},
        {"https://", "has no valid host name"},
        {"http://kv.example", "loopback hosts only"},
        {"https://kv.example/a?b", "must end before the ? or #"},
        {"https://kv.example#b", "must end before the ? or #"},
    };
    struct error err;

    for (size_t i = 0; i < COUNT(reasons); i++) {
        cr_expect(!url_check(reasons[i].url, &err));
        cr_expect(strstr(err.text, reasons[i].words), "%s", err.text);
    }
}

Test(url, a_host_has_at_most_255_characters)
{
    char url[8 + 256 + 1];
    struct error err;

    (void)snprintf(url, sizeof(url), "https://%0256d", 0);
    cr_expect(!url_check(url, &err));
    url[8 + 255] = '\0';
    cr_expect(url_check(url, &err));
}

Test(url, blanks_line_ends_and_ports_that_are_no_numbers_are_refused)
{
    static const char *const urls[] = {"https://h/a b",  "https://h/a\r\nb",
                                       "https://h:abc/", "https://h:12x/",
                                       "https://h/\x7f", "https://[::1]:x/"};

    for (size_t i = 0; i < COUNT(urls); i++) {
        struct error err = {0};

        cr_expect(!url_check(urls[i], &err), "%s", urls[i]);
    }
}

Test(url, an_authority_is_a_host_and_perhaps_a_port)
{
    static const struct {
        const char *text;
        bool is_one;
    } texts[] = {
        {"127.0.0.1:9001", true},  {"[::]:9000", true},  {"localhost", true},
        {"shop.example", true},    {"", false},          {":9001", false},
        {"127.0.0.1:port", false}, {"a b", false},       {"::1:9001", false},
        {"user@host", false},      {"host/path", false}, {"...", false},
    };

    for (size_t i = 0; i < COUNT(texts); i++)
        cr_expect_eq(url_is_authority(slice_of(texts[i].text)), texts[i].is_one,
                     "%s", texts[i].text);
}

/* ---- decoding ---- */

static const struct {
    const char *text;
    const char *plain; /* NULL: malformed */
    const char *form;  /* with '+' as a space */
} encoded[] = {
    {"", "", ""},
    {"plain", "plain", "plain"},
    {"a%20b+c", "a b+c", "a b c"},
    {"%2B+%2b", "+++", "+ +"},
    {"%C3%bc", "\xc3\xbc", "\xc3\xbc"},
    {"%2541", "%41", "%41"}, /* once is enough */
    {"%", NULL, NULL},
    {"%4", NULL, NULL},
    {"a%4", NULL, NULL},
    {"%4g", NULL, NULL},
    {"%g4", NULL, NULL},
    {"%%41", NULL, NULL},
};

Test(url, percent_signs_are_decoded_once_and_only_whole)
{
    for (size_t i = 0; i < COUNT(encoded); i++) {
        for (int form = 0; form < 2; form++) {
            const char *right = form ? encoded[i].form : encoded[i].plain;
            struct buffer out;

            buffer_init(&out, 20);
            cr_expect_eq(url_decode(slice_of(encoded[i].text), form, &out),
                         right != NULL, "%s", encoded[i].text);
            if (right)
                cr_expect_str_eq(buffer_slice(&out).at, right);
            buffer_release(&out);
        }
    }
}

Test(url, a_full_buffer_fails_to_decode)
{
    struct buffer out;

    buffer_init(&out, 2);
    cr_expect(!url_decode(slice_of("abc"), false, &out));
    buffer_release(&out);
}

static const struct {
    const char *url;
    size_t before; /* the path; 0: it is not plain */
} paths[] = {
    {"http://h/", 8},
    {"https://h:1/2018-06-01/a_B/Z9", 11},
    {"http://h", 0},
    {"/a", 0},
    {"", 0},
    {"http://", 0},
    {"http://h/a?b", 0},
    {"http://h?b/a", 0},
    {"http://h#b/a", 0},
    {"http://h/#", 0},
    {"http://h/a/../b", 0},
    {"http://h/%41", 0},
    {"http://h/a b", 0},
    {"http://h/\xc3\xbc", 0},
};

Test(url, a_plain_path_is_found)
{
    for (size_t i = 0; i < COUNT(paths); i++)
        cr_expect_eq(url_plain_path(paths[i].url), paths[i].before, "%s",
                     paths[i].url);
}
