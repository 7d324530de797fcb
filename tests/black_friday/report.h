/*
 * report: what happened, in words and numbers, and whether it was right.
 */
#ifndef BOUNCER_BLACK_FRIDAY_REPORT_H
#define BOUNCER_BLACK_FRIDAY_REPORT_H

#include <stdbool.h>

#include "act.h"

/* "1234567" as "1,234,567"; TEXT holds REPORT_NUMBER_MAX bytes. */
#define REPORT_NUMBER_MAX 32
const char *report_number(long long number,
                          char text[static REPORT_NUMBER_MAX]);

/* Say what happened in ACT.  Sorts its series. */
void report_print(struct act *act);

/*
 * Whether the act with the bouncer kept its promises: everybody was told in the
 * end, nobody failed, no more was sold than there was, stock and orders add up,
 * and refused requests made no database call.  Says what is wrong, and nothing
 * where all is right.
 */
bool report_judge(const struct act *act);

/* Write the act's row of the last table to FILE.  False if it cannot. */
__attribute__((warn_unused_result)) bool report_row(const struct act *act,
                                                    const char *file);

#endif
