/*
 * warm: what a warm request costs.  A row is a function and what it is asked.
 */
#ifndef BOUNCER_BENCH_WARM_H
#define BOUNCER_BENCH_WARM_H

#include "memory.h"
#include "series.h"
#include "subject.h"

/* How long the stores wait. */
#define WARM_DELAYS 4
extern const int warm_delays_ms[WARM_DELAYS];

enum warm_subject {
    WARM_BARE,
    WARM_OURS,
    WARM_NODE,
    WARM_NODE_BEST,
    WARM_GO,
    WARM_GO_BEST,
    WARM_SUBJECTS,
};

enum warm_row {
    ROW_BARE,
    ROW_OURS,
    ROW_OURS_UNFENCED,
    ROW_NODE,
    ROW_NODE_UNFENCED,
    ROW_NODE_BEST,
    ROW_GO,
    ROW_GO_BEST,
    ROWS,
};

enum warm_outcome {
    REFUSAL,
    SALE,
    OUTCOMES,
};

/* The medians of the rounds' batches. */
struct warm_figures {
    struct series answer_ns;
    struct series inside_ns;
    struct series next_ns;
    struct series cpu_ns;
    struct series client_ns; /* through the front of a local cloud */
    /* Thousandths, of two batches of the same round each. */
    struct series inside_of_bare; /* empty where the bare does less */
    struct series cpu_of_ours;    /* fenced, or unfenced as this row is */
    double kv_requests;
    double kv_commands;
    double sql_requests;
    long connections; /* opened while measuring, all rounds */
    long requests;    /* measured, all rounds */
};

struct warm_results {
    struct warm_figures figures[ROWS][OUTCOMES][WARM_DELAYS];
    struct memory memory[WARM_SUBJECTS];
};

extern const char *const warm_names[ROWS];
extern const char *const warm_subject_names[WARM_SUBJECTS];

/*
 * In the stores of CLOUD ("STATIC", "BARE", "NODE") somebody else holds the
 * locks that are refused.  Ends the program where it cannot.
 */
void warm_prepare_store(const char *cloud);

/* Measure for ROUNDS rounds; ends the program where it cannot. */
void warm_measure(struct warm_results *results, int rounds);

/* The batch of COUNT requests of ROW that end in OUTCOME. */
struct batch_plan warm_plan(enum warm_row row, enum warm_outcome outcome,
                            int count);

/* Start WHICH, connected to the stores; ends the program where it cannot. */
void warm_start(enum warm_subject which, struct subject *subject);

/* The programs as bench.sh names them, for argv. */
void warm_program(enum warm_subject which, char *path, size_t size);

#endif
