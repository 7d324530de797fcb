/*
 * local-cloud: the function, its store and its database on one machine.
 */
#include <stdio.h>

#include "cloud/run.h"
#include "data/options.h"

/* A mistake on the command line, as most programs have it. */
#define EXIT_USAGE 2

int main(int argc, char **argv)
{
    struct options options;
    struct error err = {""};

    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (!options_parse(&options, argc, argv, &err)) {
        (void)fprintf(stderr, "local-cloud: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (options.help) {
        (void)fputs(options_help(), stdout);
        return 0;
    }
    return run_cloud(&options);
}
