/*
 * What the local cloud's KV door makes of a request before it asks redis.  A
 * command is written as its arguments with blanks between.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "doors/kv_args.h"
#include "doors/kv_command.h"
#include "doors/kv_emulate.h"
#include "doors/kv_nul.h"

static const struct json_limits limits = {
    .max_bytes = 4096, .max_depth = 4, .max_values = 100};

/* What is in it is to be overwritten. */
static struct kv_args args = {.argc = 1, .failed = true};

/* Fill the arguments; each test releases them. */
static void make(const char *command)
{
    kv_args_init(&args);
    while (*command != '\0') {
        size_t len = strcspn(command, " ");

        kv_args_add(&args, (struct slice){command, len});
        command += len + (command[len] == ' ');
    }
    cr_assert(kv_args_finish(&args));
}

/* The arguments from FIRST on, with blanks between. */
static const char *words(int first)
{
    static char text[256];
    size_t len = 0;

    for (int i = first; i < args.argc; i++) {
        struct slice word = kv_args_at(&args, i);

        memcpy(text + len, word.at, word.len);
        len += word.len;
        text[len++] = ' ';
    }
    text[len > 0 ? len - 1 : 0] = '\0';
    return text;
}

/* ---- rejections ---- */

Test(kv_door, commands_that_touch_the_shared_connection_are_rejected_by_name)
{
    static const char *const rejected[] = {
        "SELECT 1", "auth x", "HELLO 3", "Reset", "QUIT", "CLIENT KILL x",
        "client REPLY OFF", "CLIENT PAUSE 1000", "WATCH k", "UNWATCH", "MULTI",
        "EXEC", "DISCARD", "SUBSCRIBE c", "PSUBSCRIBE c*", "SSUBSCRIBE c",
        "UNSUBSCRIBE", "MONITOR", "SYNC", "PSYNC ? -1", "BLPOP k 0",
        "BRPOPLPUSH a b 0", "BZPOPMIN k 0", "BLMOVE a b LEFT LEFT 0",
        "WAIT 1 0", "XREAD BLOCK 0 STREAMS s $",
        "XREADGROUP GROUP g c BLOCK 0 STREAMS s >",
        "XREADGROUP GROUP STREAMS c BLOCK 0 STREAMS s >",
        "XREAD COUNT 1 block 0 STREAMS s $", "SHUTDOWN", "DEBUG SLEEP 9",
        "CONFIG SET maxmemory 1", "MODULE LIST", "REPLICAOF NO ONE", "SAVE",
        "SWAPDB 0 1", "PFDEBUG GETREG k", "SCRIPT DEBUG YES",
        "script debug sync", "ACL LOAD", "ACL SAVE",
        /* hiredis takes these for a monitor, redis closes for these. */
        "PMONITOR", "MONITOR\r\nx", "SUBSCRIBE\r\nx", "POST x", "host: x"};
    char text[KV_REJECTION_MAX];

    for (size_t i = 0; i < COUNT(rejected); i++) {
        make(rejected[i]);
        cr_expect(kv_command_is_rejected(&args, text), "%s", rejected[i]);
        cr_expect(strstr(text, "ERR Command is not available: '") == text,
                  "%s: %s", rejected[i], text);
        cr_expect(strstr(text, "'. See https://upstash.com/docs/"), "%s", text);
        kv_args_release(&args);
    }
}

Test(kv_door, a_rejection_has_the_command_as_it_was_written)
{
    static const char *const cases[][2] = {
        {"select 1", "'select'"},
        {"Script Debug YES", "'Script Debug'"},
        {"MONITOR\r\nx", "'MONITOR??x'"},
    };
    char text[KV_REJECTION_MAX];

    for (size_t i = 0; i < COUNT(cases); i++) {
        make(cases[i][0]);
        cr_expect(kv_command_is_rejected(&args, text));
        cr_expect(strstr(text, cases[i][1]), "%s", text);
        kv_args_release(&args);
    }
}

Test(kv_door, what_upstash_serves_may_pass)
{
    static const char *const open[] = {"GET k",
                                       "set k v",
                                       "PING",
                                       "ECHO x",
                                       "EVAL x 0",
                                       "FCALL f 0",
                                       "FUNCTION LIST",
                                       "SCRIPT LOAD x",
                                       "SCRIPT EXISTS x",
                                       "SCRIPT FLUSH",
                                       "SCRIPT",
                                       "ACL SETUSER bouncer on",
                                       "ACL GETUSER bouncer",
                                       "ACL DELUSER bouncer",
                                       "ACL GENTOKEN bouncer",
                                       "ACL",
                                       "PUBLISH c x",
                                       "XREAD STREAMS BLOCK 0",
                                       "XREADGROUP GROUP BLOCK c STREAMS s >",
                                       "JSON.SET k $ 1",
                                       "RESTORE k 0 x",
                                       "FLUSHALL"};
    char text[KV_REJECTION_MAX];

    for (size_t i = 0; i < COUNT(open); i++) {
        make(open[i]);
        cr_expect(!kv_command_is_rejected(&args, text), "%s", open[i]);
        kv_args_release(&args);
    }
}

Test(kv_door, the_user_that_all_clients_are_cannot_be_modified)
{
    char text[KV_REJECTION_MAX];

    make("acl setuser default off");
    cr_expect(kv_command_is_rejected(&args, text));
    cr_expect_str_eq(text, "ERR The 'default' user cannot be modified");
    kv_args_release(&args);
}

/* ---- DELEX and SET IFEQ ---- */

Test(kv_door, conditions_become_one_script)
{
    static const char *const cases[][2] = {
        {"DELEX k IFEQ v", "1 k IFEQ v"},
        {"delex k ifne v", "1 k IFNE v"},
        {"SET k w IFEQ v", "1 k IFEQ v  w"},
        {"set k w ifne v get", "1 k IFNE v GET w"},
        {"SET k w EX 9 IFEQ v GET", "1 k IFEQ v GET w EX 9"},
        {"SET k w GET IFEQ GET KEEPTTL", "1 k IFEQ GET GET w KEEPTTL"},
        {"SET IFEQ w PXAT 5 IFNE IFEQ", "1 IFEQ IFNE IFEQ  w PXAT 5"},
        {"DELEX", "0 ERR wrong number of arguments for 'delex' command"},
        {"DELEX k IFEQ", "0 ERR syntax error"},
        {"DELEX k WHEN v", "0 ERR syntax error"},
        {"DELEX k IFEQ v IFEQ v", "0 ERR syntax error"},
        {"DELEX k IFDEQ d",
         "0 ERR IFDEQ and IFDNE are not available in the local cloud"},
        {"SET k v IFDNE d",
         "0 ERR IFDEQ and IFDNE are not available in the local cloud"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        make(cases[i][0]);
        kv_emulate(&args);
        cr_expect(slice_is(kv_args_at(&args, 0), "EVAL"), "%s", cases[i][0]);
        cr_expect_str_eq(words(2), cases[i][1], "%s: %s", cases[i][0],
                         words(2));
        kv_args_release(&args);
    }
}

Test(kv_door, other_commands_stay_as_they_are)
{
    static const char *const cases[][2] = {
        {"DELEX k", "DEL k"},
        {"SET k v", "SET k v"},
        {"SET k IFEQ", "SET k IFEQ"},
        {"SET k v NX EX 10", "SET k v NX EX 10"},
        {"SET k v EX IFEQ", "SET k v EX IFEQ"},
        /* Mistakes: redis calls them a syntax error. */
        {"SET k v NX IFEQ a", "SET k v NX IFEQ a"},
        {"SET k v IFEQ", "SET k v IFEQ"},
        {"SET k v IFEQ a IFNE b", "SET k v IFEQ a IFNE b"},
        {"GET IFEQ", "GET IFEQ"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        make(cases[i][0]);
        kv_emulate(&args);
        cr_expect_str_eq(words(0), cases[i][1]);
        kv_args_release(&args);
    }
}

Test(kv_door, a_script_is_billed_for_its_calls_and_a_condition_is_not)
{
    static const struct {
        const char *command;
        int price;
    } cases[] = {{"GET k", 1},          {"DELEX k IFEQ v", 1},
                 {"SET k w IFEQ v", 1}, {"MGET a b c", 1},
                 {"EVAL x 0", 3},       {"fcall f 0", 3}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        make(cases[i].command);
        cr_expect_eq(kv_command_price(&args), cases[i].price, "%s",
                     cases[i].command);
        kv_args_release(&args);
    }
}

/* ---- JSON in ---- */

/* The only argument of the command in JSON. */
static bool read_json(const char *json)
{
    struct json_document doc;
    struct buffer hidden;
    struct error err;
    const char *wrong;
    bool added = false;

    buffer_init(&hidden, 1024);
    cr_assert(kv_nul_hide(slice_of(json), &hidden));
    cr_expect_leq(hidden.len, KV_NUL_HIDDEN_BYTES(strlen(json)));
    kv_args_init(&args);
    if (json_parse(&doc, buffer_slice(&hidden), &limits, &err)) {
        added = kv_args_add_json(&args, doc.root, &wrong);
        json_release(&doc);
    }
    buffer_release(&hidden);
    return added && kv_args_finish(&args);
}

Test(kv_door, a_nul_in_a_json_string_is_a_byte)
{
    static const struct {
        const char *json;
        const char *bytes;
        size_t len;
    } cases[] = {
        {"[\"a\\u0000b\"]", "a\0b", 3},
        {"[\"\\u0000\"]", "\0", 1},
        {"[\"\\u0001\"]", "\x01", 1},
        {"[\"\\u00010\\u00011\"]",
         "\x01"
         "0\x01"
         "1",
         4},
        {"[\"\\\\u0000\"]", "\\u0000", 6},
        {"[\"\\\\\\u0000\"]", "\\\0", 2},
        {"[\"\\u0002\"]", "\x02", 1},
        {"[\"\"]", "", 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        cr_assert(read_json(cases[i].json), "%s", cases[i].json);
        cr_assert_eq(args.argc, 1);
        cr_assert_eq(args.lens[0], cases[i].len, "%s", cases[i].json);
        cr_expect_arr_eq(args.argv[0], cases[i].bytes, cases[i].len);
        kv_args_release(&args);
    }
}

static const struct {
    const char *json;
    const char *words;
} commands[] = {
    {"[\"set\",\"k\",7,-0,1.5,0.1,1e21]", "set k 7 0 1.5 0.1 1e+21"},
    {"[9007199254740991,0.30000000000000004]",
     "9007199254740991 0.30000000000000004"},
    {"[\"mset\",true,false,null,\"\",\"x\"]", "mset true false null  x"},
    {"[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]",
     "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"},
};

Test(kv_door, what_is_no_string_is_an_argument_by_its_json_text)
{
    for (size_t i = 0; i < COUNT(commands); i++) {
        cr_assert(read_json(commands[i].json), "%s", commands[i].json);
        cr_expect_str_eq(words(0), commands[i].words);
        kv_args_release(&args);
    }
}

Test(kv_door, arguments_that_are_cleared_make_room_for_the_next_command)
{
    make("SET k v");
    kv_args_clear(&args);
    cr_expect_eq(args.argc, 0);
    kv_args_add(&args, slice_of("PING"));
    cr_assert(kv_args_finish(&args));
    cr_expect_str_eq(words(0), "PING");
    kv_args_release(&args);
}

Test(kv_door, arguments_past_the_ceiling_are_noticed_at_the_end)
{
    size_t len = 9UL * 1024 * 1024;
    char *large = calloc(len, 1);

    cr_assert(large);
    kv_args_init(&args);
    kv_args_add(&args, (struct slice){large, len});
    cr_expect(kv_args_finish(&args));
    kv_args_add(&args, (struct slice){large, len});
    cr_expect(!kv_args_finish(&args));
    kv_args_release(&args);
    free(large);
}

Test(kv_door, what_is_no_command_is_not_taken)
{
    static const char *const wrong[] = {
        "{}",       "[]", "\"GET\"",       "[[\"GET\"]]", "[{}]",
        "[\"GET\"", "",   "[\"a\\u000\"]", "\\u0000"};

    for (size_t i = 0; i < COUNT(wrong); i++) {
        cr_expect(!read_json(wrong[i]), "%s", wrong[i]);
        kv_args_release(&args);
    }
}

Test(kv_door, a_path_may_hold_any_byte)
{
    kv_args_init(&args);
    kv_args_add_encoded(&args, slice_of("a%00%ff+b"), false);
    kv_args_add_encoded(&args, slice_of("a+b"), true);
    cr_assert(kv_args_finish(&args));
    cr_assert_eq(args.lens[0], 5U);
    cr_expect_arr_eq(args.argv[0], "a\0\xff+b", 5);
    cr_expect(slice_is(kv_args_at(&args, 1), "a b"));
    kv_args_release(&args);
}
