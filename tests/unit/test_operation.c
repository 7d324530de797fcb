/*
 * Right operations files: one with every feature, and how a path finds its
 * operation; and patterns, right and wrong.  Other wrong files are in
 * test_operation_input.c and test_operation_mistakes.c.
 */
#include "guard/operation.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "operation_file.h"

static const char every_feature[] =
    "{'callers':'secret','operations':[{"
    "'description':'Everything that there is.',"
    "'method':'PATCH','path':'/api/show/{show}/seat/{seat_id}',"
    "'input':{'description':'What is asked for.',"
    "'required':['buyer','color'],'properties':{"
    "'show':{'type':'string','maxLength':20,'description':'Which one.'},"
    "'seat_id':{'type':'integer','minimum':1,'maximum':500},"
    "'buyer':{'type':'string','minLength':1,'maxLength':200,"
    "'pattern':'^[^@ ]+@[^@ ]+$'},"
    "'color':{'type':'string','enum':['red','green']},"
    "'level':{'type':'integer','enum':[1,2.0],'default':2},"
    "'quick':{'type':'boolean','default':true},"
    "'note':{'type':'string'},"
    "'tag':{'type':'string','minLength':2,'default':'none'}}},"
    "'lock':{'name':'seat:{show}:{seat_id}.{quick}','fenced':true,"
    "'lease_s':20},"
    "'idempotent':true,'log':['show','_order','seat_id'],"
    "'call':'_change_seat2',"
    "'outcomes':{'changed':{'status':202},'replayed':{'status':200},"
    "'taken':{'status':409,'title':'Taken','detail':'Choose another.'},"
    "'no_such_seat':{'status':404}}},"
    "{'method':'GET','path':'/api/free','call':'free','callers':'anyone',"
    "'cache_control':'public, max-age=1',"
    "'outcomes':{'free':{'status':200}}}]}";

static void read_right(const char *file, struct operations *operations)
{
    struct buffer mistakes;

    buffer_init(&mistakes, 4096);
    cr_assert(operation_file_read(file, operations, &mistakes), "%s",
              buffer_slice(&mistakes).at);
    cr_expect_eq(mistakes.len, 0U);
    buffer_release(&mistakes);
}

static void expect_limits(const struct field *field, const char *name,
                          enum field_type type, int64_t min, int64_t max)
{
    cr_expect_str_eq(field->name, name);
    cr_expect_eq(field->type, type, "%s", name);
    cr_expect_eq(field->min, min, "%s", name);
    cr_expect_eq(field->max, max, "%s", name);
}

Test(operation, every_feature_is_read)
{
    struct operations operations;
    const struct operation *one;
    const struct field *fields;

    read_right(every_feature, &operations);
    cr_assert_eq(operations.count, 2U);
    one = &operations.list[0];
    fields = one->fields;
    cr_expect_str_eq(one->method, "PATCH");
    cr_expect_str_eq(one->path, "/api/show/{show}/seat/{seat_id}");
    cr_expect_str_eq(one->call, "_change_seat2");
    cr_expect_str_eq(one->lock_name, "seat:{show}:{seat_id}.{quick}");
    cr_expect(one->has_body && one->fenced && one->idempotent);
    cr_expect_eq(one->lease_s, 20);
    cr_expect(one->wants_secret);
    cr_assert_eq(json_count(one->logged), 3U);
    cr_expect_str_eq(json_string(json_at(one->logged, 1)).at, "_order");

    cr_assert_eq(one->field_count, 8U);
    expect_limits(&fields[0], "show", FIELD_STRING, 1, 20);
    cr_expect(fields[0].in_path && fields[0].required && fields[0].names_lock);
    expect_limits(&fields[1], "seat_id", FIELD_INTEGER, 1, 500);
    cr_expect(fields[1].in_path && fields[1].required);
    expect_limits(&fields[2], "buyer", FIELD_STRING, 1, 200);
    cr_expect(fields[2].required && !fields[2].in_path &&
              !fields[2].names_lock && !fields[2].has_default);
    cr_expect_str_eq(fields[2].pattern.text, "^[^@ ]+@[^@ ]+$");
    cr_expect_eq(json_count(fields[3].choices), 2U);
    expect_limits(&fields[4], "level", FIELD_INTEGER, -JSON_INTEGER_MAX,
                  JSON_INTEGER_MAX);
    cr_expect(fields[4].has_default && !fields[4].required);
    cr_expect_eq(fields[4].integer_default, 2);
    cr_expect_eq(fields[5].type, FIELD_BOOLEAN);
    cr_expect(fields[5].has_default && fields[5].integer_default == 1);
    expect_limits(&fields[6], "note", FIELD_STRING, 0, FIELDS_BODY_MAX_BYTES);
    cr_expect(!fields[6].has_default && !fields[6].required);
    cr_expect_str_eq(fields[7].text_default, "none");
    operations_release(&operations);
    cr_expect_eq(operations.count, 0U);
    operations_release(&operations);
}

Test(operation, what_is_left_out_is_no_lock_no_input_and_not_idempotent)
{
    struct operations operations;
    const struct operation *one;

    read_right(every_feature, &operations);
    one = &operations.list[1];
    cr_expect(!one->lock_name && !one->fenced && !one->idempotent &&
              !one->has_body && !one->wants_secret && !one->logged);
    cr_expect_str_eq(one->cache_control, "public, max-age=1");
    cr_expect_eq(one->lease_s, 0);
    cr_expect_eq(one->field_count, 0U);
    operations_release(&operations);
}

Test(operation, an_outcome_has_its_status_and_a_failure_a_title)
{
    struct operations operations;
    const struct operation_outcome *outcome;

    read_right(every_feature, &operations);
    cr_expect_eq(operations.list[0].outcome_count, 4U);
    outcome = operation_outcome(&operations.list[0], slice_of("taken"));
    cr_assert(outcome);
    cr_expect_eq(outcome->status, 409);
    cr_expect_str_eq(outcome->title, "Taken");
    cr_expect_str_eq(outcome->detail, "Choose another.");
    outcome = operation_outcome(&operations.list[0], slice_of("no_such_seat"));
    cr_assert(outcome);
    cr_expect_str_eq(outcome->title, "Not Found");
    cr_expect_null(outcome->detail);
    outcome = operation_outcome(&operations.list[0], slice_of("changed"));
    cr_assert(outcome);
    cr_expect_eq(outcome->status, 202);
    cr_expect_null(outcome->title);
    cr_expect_null(operation_outcome(&operations.list[0], slice_of("Changed")));
    cr_expect_null(operation_outcome(&operations.list[0], SLICE_EMPTY));
    cr_expect_null(operation_outcome(&operations.list[0], (struct slice){0}));
    operations_release(&operations);
}

/* ---- the longest name of a lock ---- */

static const struct {
    const char *property;
    int longest; /* bytes of its value */
} lengths[] = {
    {"'type':'string','maxLength':7", 7},
    {"'type':'string','enum':['ab','abcd','abc']", 4},
    {"'type':'integer','minimum':-1000,'maximum':5", 5},
    {"'type':'integer','minimum':5,'maximum':1000", 4},
    {"'type':'integer'", 17},
    {"'type':'boolean'", 5},
};

Test(operation, a_lock_has_room_for_the_longest_value_of_each_kind)
{
    for (size_t i = 0; i < 2 * COUNT(lengths); i++) {
        const int literal = 127 - lengths[i / 2].longest + (int)(i % 2);
        struct operations operations;
        struct buffer mistakes;
        char file[600];

        (void)snprintf(
            file, sizeof(file),
            FILE_OF(POST ",'input':{'required':['v'],'properties':{'v':{%s}}},"
                         "'lock':{'name':'a:%0*d{v}'}"),
            lengths[i / 2].property, literal - 2, 0);
        buffer_init(&mistakes, 1000);
        cr_expect_eq(operation_file_read(file, &operations, &mistakes),
                     i % 2 == 0, "%s: %s", file, buffer_slice(&mistakes).at);
        if (i % 2)
            cr_expect_str_eq(buffer_slice(&mistakes).at,
                             "operations[0].lock.name: may become 128 bytes "
                             "long; 127 is the most");
        operations_release(&operations);
        buffer_release(&mistakes);
    }
}

/* ---- the file that ships ---- */

Test(operation, the_file_that_ships_has_no_mistake)
{
    static char text[OPERATIONS_MAX_BYTES];
    const struct operation_limits limits = {.work_ms = 5000};
    FILE *file = fopen("function/operations.json", "r");
    struct operations operations;
    struct buffer mistakes;
    struct slice bytes = {text, 0};

    cr_assert(file);
    bytes.len = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    buffer_init(&mistakes, 4096);
    cr_assert(operations_read(&operations, bytes, &limits, &mistakes), "%s",
              buffer_slice(&mistakes).at);
    cr_expect_eq(operations.count, 8U);
    buffer_release(&mistakes);
    operations_release(&operations);
}

/* ---- finding ---- */

static const struct {
    const char *method, *path;
} paths[] = {
    {"GET", "/x/{a}"},   {"GET", "/x/all"},    {"POST", "/x/all"},
    {"PUT", "/x/{b}"},   {"DELETE", "/x/{a}"}, {"GET", "/y/{a}/{b}"},
    {"GET", "/y/{b}/c"}, {"GET", "/y/b/{a}"},  {"PATCH", "/X"},
    {"GET", "/x/{a}/c"}, {"GET", "/y"},
};

/* One operation for each of PATHS. */
static void read_paths(struct operations *operations)
{
    struct buffer file;

    buffer_init(&file, OPERATIONS_MAX_BYTES);
    for (size_t i = 0; i < COUNT(paths); i++)
        cr_assert(buffer_append_format(
            &file,
            "%s{'method':'%s','path':'%s','input':{'properties':{'a':{'type':"
            "'string'},'b':{'type':'string'}}}," CALL "}",
            i ? "," : "{'operations':[", paths[i].method, paths[i].path));
    cr_assert(buffer_append_text(&file, "]}"));
    read_right(file.data, operations);
    buffer_release(&file);
}

static const struct {
    const char *method, *path;
    int index; /* in paths; -1: none */
    const char *allow;
} finds[] = {
    {"GET", "/x/7", 0, "GET, HEAD, PUT, DELETE"},
    {"HEAD", "/x/7", 0, "GET, HEAD, PUT, DELETE"},
    {"GET", "/x/all", 1, "GET, HEAD, POST, PUT, DELETE"},
    {"HEAD", "/x/all", 1, "GET, HEAD, POST, PUT, DELETE"},
    {"POST", "/x/all", 2, "GET, HEAD, POST, PUT, DELETE"},
    {"PUT", "/x/all", 3, "GET, HEAD, POST, PUT, DELETE"},
    {"DELETE", "/x/a%2Fb", 4, "GET, HEAD, PUT, DELETE"},
    {"PATCH", "/x/all", -1, "GET, HEAD, POST, PUT, DELETE"},
    {"get", "/x/all", -1, "GET, HEAD, POST, PUT, DELETE"},
    {"GET", "/y/a/d", 5, "GET, HEAD"},
    {"GET", "/y/a/c", 6, "GET, HEAD"},
    {"GET", "/y/b/d", 7, "GET, HEAD"},
    {"GET", "/y/b/c", 7, "GET, HEAD"}, /* the first literal segment wins */
    {"PATCH", "/X", 8, "PATCH"},
    {"GET", "/X", -1, "PATCH"},
    {"GET", "/y", 10, "GET, HEAD"},
    {"GET", "/x", -1, ""},
    {"GET", "/x/", -1, ""},
    {"GET", "/x/7/", -1, ""},
    {"GET", "/x/7/8", -1, ""},
    {"GET", "/x//", -1, ""},
    {"GET", "x/7", -1, ""},
    {"GET", "/", -1, ""},
    {"GET", "", -1, ""},
};

Test(operation, the_most_literal_path_that_serves_the_method_is_found)
{
    struct operations operations;

    read_paths(&operations);
    for (size_t i = 0; i < COUNT(finds); i++) {
        char allow[48] = "";
        const struct operation *found =
            operations_find(&operations, slice_of(finds[i].method),
                            slice_of(finds[i].path), allow, sizeof(allow));

        cr_expect_eq(found ? (int)(found - operations.list) : -1,
                     finds[i].index, "%s %s", finds[i].method, finds[i].path);
        cr_expect_str_eq(allow, finds[i].allow, "%s %s: %s", finds[i].method,
                         finds[i].path, allow);
    }
    operations_release(&operations);
}

Test(operation, nothing_is_found_among_none)
{
    struct operations operations = {0};
    char allow[48] = "GET, HEAD";

    cr_expect_null(operations_find(&operations, slice_of("GET"), slice_of("/x"),
                                   allow, sizeof(allow)));
    cr_expect_str_eq(allow, "GET, HEAD");
}

/* ---- patterns ---- */

static const struct {
    const char *pattern, *mistake; /* NULL: none */
    const char *fits, *fits_not;
} patterns[] = {
    {"b", NULL, "abc", "ac"}, /* a search */
    {"^[a-z0-9_-]+$", NULL, "a_b-9", "a b"},
    {"^[A-Z]{2}[0-9]{1,10}$", NULL, "AB1", "AB"},
    {"^([0-9a-f]{2}:){5}[0-9a-f]{2}$", NULL, "00:1a:2b:3c:4d:5e", "00:1a"},
    {"^(a|bc)+\\\\.$", NULL, "abca.", "abcax"},
    {"^[]x]+$", NULL, "]x", "y"},
    {"^[^]x]+$", NULL, "y", "]"},
    {"^[[:alpha:]]$", NULL, "a", "]"},
    {"^[[:alpha:]][?*+{]?$", NULL, "a?", "ab"},
    {"^(a{2}){2}$", NULL, "aaaa", "aaa"},
    {"^\\\\d+$", "\\d is not POSIX: write [0-9]", NULL, NULL},
    {"[\\\\d]", "\\d is not POSIX: write [0-9]", NULL, NULL},
    {"\\\\W", "\\W is not POSIX: write [^A-Za-z0-9_]", NULL, NULL},
    {"\\\\s", "\\s is not POSIX: write [[:space:]]", NULL, NULL},
    {"\\\\bfoo", "\\b is not POSIX", NULL, NULL},
    {"(a)\\\\1", "\\1 is not POSIX", NULL, NULL},
    {"[\\\\.]",
     "\\ escapes nothing inside of []: write the character alone, ] as the "
     "first and - as the last",
     NULL, NULL},
    {"^[](?]$", NULL, "(", "b"},
    {"^[^](?]$", NULL, "b", "("},
    {"[a](?:b)", "(? is not POSIX: write a group as (...)", NULL, NULL},
    {"(?:a)", "(? is not POSIX: write a group as (...)", NULL, NULL},
    {"a++", "two of * + ? {} in a row are not POSIX: leave one out", NULL,
     NULL},
    {"((((((((a))))))))(b)", NULL, "ab", "b"},
    {"(((((((((a)))))))))", "nests more than 8 groups", NULL, NULL},
    {"a+?", "two of * + ? {} in a row are not POSIX: leave one out", NULL,
     NULL},
    {"a{2}?", "two of * + ? {} in a row are not POSIX: leave one out", NULL,
     NULL},
    {"(a", "cannot be read: Unmatched ( or \\(", NULL, NULL},
    {"[a", "cannot be read: Unmatched [, [^, [:, [., or [=", NULL, NULL},
    {"[z-a]", "cannot be read: Invalid range end", NULL, NULL},
    {"a\\\\", "cannot be read: Trailing backslash", NULL, NULL},
    {"\\u00fc", "must be ASCII without control characters", NULL, NULL},
    {"a\\n", "must be ASCII without control characters", NULL, NULL},
    {"a{1001}", "repeats more than 1000 times in {}", NULL, NULL},
    {"(a{1,100}){1,100}", "repeats more than 1000 times in {}", NULL, NULL},
    {"((((a{99}){99}){99}){99}){99}", "repeats more than 1000 times in {}",
     NULL, NULL},
    {"a{99999999999999999999}", "repeats more than 1000 times in {}", NULL,
     NULL},
    {"", "must be a text", NULL, NULL},
    {"^\\\\+?$", NULL, "+", "++"},
};

static bool fits(const struct field *field, const char *text)
{
    return pattern_matches(&field->pattern, text);
}

Test(operation, a_pattern_is_posix_or_a_mistake_that_says_what_to_write)
{
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct operations operations;
        struct buffer mistakes;
        char file[400];
        char wrong[200];
        const struct field *field;

        (void)snprintf(file, sizeof(file),
                       FILE_OF(POST ",'input':{'properties':{'a':{'type':"
                                    "'string','pattern':'%s'}}}"),
                       patterns[i].pattern);
        (void)snprintf(wrong, sizeof(wrong),
                       "operations[0].input.properties.a.pattern: %s",
                       patterns[i].mistake ? patterns[i].mistake : "");
        buffer_init(&mistakes, 1000);
        cr_expect_eq(operation_file_read(file, &operations, &mistakes),
                     patterns[i].mistake == NULL, "%s", patterns[i].pattern);
        if (patterns[i].mistake) {
            cr_expect_str_eq(buffer_slice(&mistakes).at, wrong);
        } else if (operations.count) {
            field = &operations.list[0].fields[0];
            cr_expect(fits(field, patterns[i].fits), "%s", patterns[i].pattern);
            cr_expect(!fits(field, patterns[i].fits_not), "%s",
                      patterns[i].pattern);
        }
        operations_release(&operations);
        buffer_release(&mistakes);
    }
}
