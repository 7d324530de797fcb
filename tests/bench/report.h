/*
 * report: prints the starts as Markdown: a table of the candidates and one of
 * the budgets.
 */
#ifndef BOUNCER_BENCH_REPORT_H
#define BOUNCER_BENCH_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "sale.h"
#include "series.h"

enum candidate_id {
    CANDIDATE_FLOOR,
    CANDIDATE_HANDSHAKES,
    CANDIDATE_STATIC,
    CANDIDATE_DYNAMIC,
    CANDIDATE_NODE,
    CANDIDATE_GO,
    CANDIDATE_COUNT,
};

struct candidate {
    const char *name;
    const char *path;
    bool asks_alone;         /* asks for an event even without stores */
    bool uses_stores;        /* is also started with stores */
    bool connects;           /* has connected to them before it asks */
    struct sale_cloud cloud; /* that runs it; NULL addresses: none */
    struct series refused_ns;
    struct series connected_ns;
    struct series sale_ns;
    struct series resident_bytes;
    struct series private_bytes;
    struct series anonymous_bytes;
};

/* Print both tables.  Sorts the series; ZIP_BYTES is the zipped binary. */
void report_print(struct candidate candidates[CANDIDATE_COUNT],
                  int64_t zip_bytes);

#endif
