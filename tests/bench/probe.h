/*
 * probe: counts instructions in user space (by callgrind) and our own
 * allocations for each warm request, from the difference between a longer and a
 * shorter run.
 */
#ifndef BOUNCER_BENCH_PROBE_H
#define BOUNCER_BENCH_PROBE_H

#include <stdbool.h>

#include "base/error.h"
#include "subject.h"

/* PLAN's count is ignored. */
bool probe_instructions(const char *program, const char *control,
                        struct batch_plan plan, double *each,
                        struct error *err);

/* PROGRAM is linked with count.c. */
bool probe_allocations(const char *program, const char *control,
                       struct batch_plan plan, double *each, struct error *err);

#endif
