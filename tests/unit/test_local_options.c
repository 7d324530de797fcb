/* The local cloud's command line, parsed as a shell would split it. */
#include <criterion/criterion.h>
#include <getopt.h>
#include <string.h>

#include "count.h"
#include "data/options.h"

#define ARGUMENTS_MAX 8

/* Parse the ARGUMENTS behind the program's name. */
static bool parse(const char *const arguments[], struct options *options,
                  struct error *err)
{
    static char name[] = "local-cloud";
    char *argv[ARGUMENTS_MAX + 2] = {name};
    int argc = 1;

    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
        memcpy(&argv[argc++], &arguments[i], sizeof(argv[0])); /* no cast */
    optind = 1;
    return options_parse(options, argc, argv, err);
}

Test(local_options, what_is_not_given_has_its_default)
{
    struct options options;
    struct error err;

    cr_assert(parse((const char *[ARGUMENTS_MAX]){NULL}, &options, &err));
    cr_expect_eq(options.port, 3000);
    cr_expect_eq(options.instances, 200);
    cr_expect_eq(options.clients, 200);
    cr_expect_eq(options.database_api, DATABASE_API_NEON);
    cr_expect_null(options.function);
    cr_expect_null(options.env_file);
    cr_assert(parse((const char *[ARGUMENTS_MAX]){"--instances", "7"}, &options,
                    &err));
    cr_expect_eq(options.clients, 7);
}

Test(local_options, what_may_be_repeated_keeps_its_order)
{
    static const char *const arguments[ARGUMENTS_MAX] = {
        "--set", "A=1", "--extra-sql", "one", "--set=B=", "--extra-sql=two"};
    struct options options;
    struct error err;

    cr_assert(parse(arguments, &options, &err));
    cr_assert_eq(options.set_count, 2U);
    cr_expect_str_eq(options.set[0], "A=1");
    cr_expect_str_eq(options.set[1], "B=");
    cr_assert_eq(options.extra_sql_count, 2U);
    cr_expect_str_eq(options.extra_sql[0], "one");
    cr_expect_str_eq(options.extra_sql[1], "two");
}

static const struct {
    const char *const arguments[ARGUMENTS_MAX];
    const char *message;
} mistakes[] = {
    {{"--port", "65536"},
     "--port wants a number from 0 to 65535, not \"65536\""},
    {{"--port", "3000x"},
     "--port wants a number from 0 to 65535, not \"3000x\""},
    {{"--port"}, "--port wants a value"},
    {{"--quiet=1"}, "unknown option --quiet=1: see --help"},
    {{"--prot", "1"}, "unknown option --prot: see --help"},
    {{"--set", "A"}, "--set wants NAME=VALUE"},
    {{"--set", "=A"}, "--set wants NAME=VALUE"},
    {{"--database-api", "mysql"},
     "--database-api wants neon or postgrest, not \"mysql\""},
    {{"--instances", "0"},
     "--instances wants a number from 1 to 16000, not \"0\""},
    {{"--instances", "2", "--platform-processes", "3"},
     "--instances is less than --platform-processes"},
    {{"3000"}, "unexpected argument 3000: see --help"},
};

Test(local_options, a_mistake_is_named)
{
    struct options options;
    struct error err;

    for (size_t i = 0; i < COUNT(mistakes); i++) {
        cr_expect_not(parse(mistakes[i].arguments, &options, &err), "%zu", i);
        cr_expect_str_eq(err.text, mistakes[i].message);
    }
}

Test(local_options, every_instance_has_one_platform_process)
{
    for (int processes = 1; processes <= OPTIONS_PROCESSES_MAX; processes++) {
        const struct options options = {.instances = 100,
                                        .platform_processes = processes};
        int sum = 0;

        for (int i = 0; i < processes; i++)
            sum += options_share(&options, i);
        cr_expect_eq(sum, 100, "%d processes", processes);
    }
}
