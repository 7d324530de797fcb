#include "report.h"

#include <stdio.h>

void report_start(const char *request_id)
{
    printf("START RequestId: %s Version: $LATEST\n", request_id);
}

void report_end(const struct report *r)
{
    int64_t billed_us = r->duration_us + (r->init_us > 0 ? r->init_us : 0);

    printf("END RequestId: %s\n"
           "REPORT RequestId: %s\tDuration: %.2f ms\t"
           "Billed Duration: %lld ms\tMemory Size: %d MB\t"
           "Max Memory Used: %ld MB",
           r->request_id, r->request_id, (double)r->duration_us / 1000,
           (long long)(billed_us + 999) / 1000, r->memory_mb, r->max_memory_mb);
    if (r->init_us >= 0)
        printf("\tInit Duration: %.2f ms", (double)r->init_us / 1000);
    if (r->status != NULL)
        printf("\tStatus: %s", r->status);
    putchar('\n');
    (void)fflush(stdout);
}
