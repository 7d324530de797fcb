/*
 * getopt_long splits the command line; each option checks its own value.
 */
#include "data/options.h"

#include <getopt.h>
#include <string.h>

#include "base/buffer.h"

/* More than the ports of a few addresses. */
#define CLIENTS_MAX 1000000

enum option_id {
    OPTION_PORT = 1,
    OPTION_ALL_ADDRESSES,
    OPTION_FUNCTION,
    OPTION_INSTANCES,
    OPTION_CLIENTS,
    OPTION_ENV_FILE,
    OPTION_DATABASE,
    OPTION_DATABASE_API,
    OPTION_EXTRA_SQL,
    OPTION_SET,
    OPTION_TIMEOUT,
    OPTION_QUEUE,
    OPTION_DOORS,
    OPTION_PLATFORMS,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_HELP,
};

static const struct option known[] = {
    {"port", required_argument, NULL, OPTION_PORT},
    {"all-addresses", no_argument, NULL, OPTION_ALL_ADDRESSES},
    {"function", required_argument, NULL, OPTION_FUNCTION},
    {"instances", required_argument, NULL, OPTION_INSTANCES},
    {"clients", required_argument, NULL, OPTION_CLIENTS},
    {"env-file", required_argument, NULL, OPTION_ENV_FILE},
    {"database", required_argument, NULL, OPTION_DATABASE},
    {"database-api", required_argument, NULL, OPTION_DATABASE_API},
    {"extra-sql", required_argument, NULL, OPTION_EXTRA_SQL},
    {"set", required_argument, NULL, OPTION_SET},
    {"timeout-s", required_argument, NULL, OPTION_TIMEOUT},
    {"queue-s", required_argument, NULL, OPTION_QUEUE},
    {"door-processes", required_argument, NULL, OPTION_DOORS},
    {"platform-processes", required_argument, NULL, OPTION_PLATFORMS},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static const char help_text[] =
    "Usage: local-cloud [OPTION]...\n"
    "\n"
    "Runs the function in an emulated cloud on this machine, with a real\n"
    "Redis and a real PostgreSQL of its own behind it.  Prints a line that\n"
    "starts with \"ready\" when requests can come; Ctrl-C ends it and removes\n"
    "everything it made.\n"
    "\n"
    "  --port N              of the HTTP front (default 3000; 0: any free)\n"
    "  --all-addresses       the front listens on every address, not on\n"
    "                        127.0.0.1 alone: whoever can reach this machine\n"
    "                        can use it; for containers\n"
    "  --function PATH       the binary (default: bootstrap, next to this)\n"
    "  --instances N         the most at once (default 200)\n"
    "  --clients N           connections to the front at once to be ready for\n"
    "                        (default: as many as instances)\n"
    "  --timeout-s N         end an invocation after N seconds (default 30)\n"
    "  --queue-s N           an event waits N seconds while all instances are\n"
    "                        busy; then 429 (default 5)\n"
    "  --set NAME=VALUE      one more variable for the function; repeatable\n"
    "  --database DIR        of schema.sql and seed.sql\n"
    "                        (default deploy/database)\n"
    "  --extra-sql FILE      applied after these; repeatable\n"
    "  --database-api API    neon or postgrest (default neon)\n"
    "  --door-processes N    of each door, to use more cores (default 1)\n"
    "  --platform-processes N\n"
    "                        spread instances and clients over N processes,\n"
    "                        where one may not open enough files (default 1)\n"
    "  --env-file PATH       all addresses, for a shell to read\n"
    "                        (default build/local/env; env-PORT beside it\n"
    "                        while another cloud has that)\n"
    "  --verbose             print the whole log, not what a person wants of\n"
    "                        it: sales, failures, refusals once a second\n"
    "  --quiet               no START, END and REPORT lines in the log\n"
    "  --help                this text\n"
    "\n"
    "LOCAL_SERVICE_KEY in the environment is the service key of /rpc, for\n"
    "example sb_secret_x or a JSON Web Token (default: a new sb_secret_...),\n"
    "and BOUNCER_SECRET is what callers of the function send (default: a new\n"
    "one).\n";

int options_share(const struct options *options, int index)
{
    int rest = options->instances % options->platform_processes;

    return options->instances / options->platform_processes + (index < rest);
}

const char *options_help(void)
{
    return help_text;
}

/* The number that option NAME was given, from LOW to HIGH. */
static bool number(const char *name, long long low, long long high, int *value,
                   struct error *err)
{
    long long number;

    if (!slice_to_int(slice_of(optarg), &number) || number < low ||
        number > high) {
        error_set(err, "--%s wants a number from %lld to %lld, not \"%s\"",
                  name, low, high, optarg);
        return false;
    }
    *value = (int)number;
    return true;
}

static bool append(const char *name, const char **list, size_t *count,
                   struct error *err)
{
    if (*count == OPTIONS_REPEAT_MAX) {
        error_set(err, "--%s may be given %d times at most", name,
                  OPTIONS_REPEAT_MAX);
        return false;
    }
    list[(*count)++] = optarg;
    return true;
}

static bool variable(struct options *options, struct error *err)
{
    const char *equals = strchr(optarg, '=');

    if (equals == NULL || equals == optarg) {
        error_set(err, "--set wants NAME=VALUE");
        return false;
    }
    return append("set", options->set, &options->set_count, err);
}

static bool database_api(struct options *options, struct error *err)
{
    if (strcmp(optarg, "neon") == 0) {
        options->database_api = DATABASE_API_NEON;
    } else if (strcmp(optarg, "postgrest") == 0) {
        options->database_api = DATABASE_API_POSTGREST;
    } else {
        error_set(err, "--database-api wants neon or postgrest, not \"%s\"",
                  optarg);
        return false;
    }
    return true;
}

static bool take(struct options *o, enum option_id id, struct error *err)
{
    switch (id) {
    case OPTION_PORT:
        return number("port", 0, 65535, &o->port, err);
    case OPTION_INSTANCES:
        return number("instances", 1, OPTIONS_INSTANCES_MAX, &o->instances,
                      err);
    case OPTION_CLIENTS:
        return number("clients", 1, CLIENTS_MAX, &o->clients, err);
    case OPTION_TIMEOUT:
        return number("timeout-s", 1, 900, &o->timeout_s, err);
    case OPTION_QUEUE:
        return number("queue-s", 1, 900, &o->queue_s, err);
    case OPTION_DOORS:
        return number("door-processes", 1, OPTIONS_PROCESSES_MAX,
                      &o->door_processes, err);
    case OPTION_PLATFORMS:
        return number("platform-processes", 1, OPTIONS_PROCESSES_MAX,
                      &o->platform_processes, err);
    case OPTION_EXTRA_SQL:
        return append("extra-sql", o->extra_sql, &o->extra_sql_count, err);
    case OPTION_SET:
        return variable(o, err);
    case OPTION_DATABASE_API:
        return database_api(o, err);
    case OPTION_FUNCTION:
        o->function = optarg;
        return true;
    case OPTION_ENV_FILE:
        o->env_file = optarg;
        return true;
    case OPTION_DATABASE:
        o->database_dir = optarg;
        return true;
    case OPTION_ALL_ADDRESSES:
        o->all_addresses = true;
        return true;
    case OPTION_QUIET:
        o->quiet = true;
        return true;
    case OPTION_VERBOSE:
        o->verbose = true;
        return true;
    case OPTION_HELP:
        o->help = true;
        return true;
    }
    return false;
}

static void explain(int result, char **argv, struct error *err)
{
    const char *argument = argv[optind - 1];

    if (result == ':')
        error_set(err, "%s wants a value", argument);
    else
        error_set(err, "unknown option %s: see --help", argument);
}

bool options_parse(struct options *options, int argc, char **argv,
                   struct error *err)
{
    int result;

    *options = (struct options){
        .port = 3000,
        .instances = 200,
        .database_dir = "deploy/database",
        .timeout_s = 30,
        .queue_s = 5,
        .database_api = DATABASE_API_NEON,
        .door_processes = 1,
        .platform_processes = 1,
    };
    opterr = 0;
    while ((result = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        if (result == ':' || result == '?') {
            explain(result, argv, err);
            return false;
        }
        if (!take(options, (enum option_id)result, err))
            return false;
    }
    if (optind < argc) {
        error_set(err, "unexpected argument %s: see --help", argv[optind]);
        return false;
    }
    if (options->clients == 0)
        options->clients = options->instances;
    if (options->instances < options->platform_processes) {
        error_set(err, "--instances is less than --platform-processes");
        return false;
    }
    return true;
}
