/*
 * The values are one array that doubles; whoever asks for an order sorts it in
 * place, which costs nothing that is measured.
 */
#include "series.h"

#include <stdio.h>
#include <stdlib.h>

#define CAPACITY_MIN 64

void series_add(struct series *series, int64_t value)
{
    if (series->count == series->capacity) {
        size_t capacity =
            series->capacity ? 2 * series->capacity : CAPACITY_MIN;
        int64_t *values =
            reallocarray(series->values, capacity, sizeof(series->values[0]));

        if (!values) {
            perror("series");
            exit(EXIT_FAILURE);
        }
        series->values = values;
        series->capacity = capacity;
    }
    series->values[series->count++] = value;
}

void series_release(struct series *series)
{
    free(series->values);
    *series = (struct series){.count = 0};
}

void series_ratio(struct series *ratios, const struct series *a,
                  const struct series *b)
{
    ratios->count = 0;
    for (size_t i = 0; i < a->count && i < b->count; i++)
        series_add(ratios,
                   b->values[i] ? a->values[i] * 1000 / b->values[i] : 0);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

struct series_summary series_summary(struct series *series)
{
    const int64_t *values = series->values;
    size_t middle = series->count / 2;

    qsort(series->values, series->count, sizeof(series->values[0]), compare);
    return (struct series_summary){
        .median = series->count % 2 ? values[middle]
                                    : (values[middle - 1] + values[middle]) / 2,
        .min = values[0],
        .max = values[series->count - 1],
    };
}

int64_t series_percentile(struct series *series, double percent)
{
    size_t rank = (size_t)((double)series->count * percent / 100);

    if (series->count == 0)
        return 0;
    qsort(series->values, series->count, sizeof(series->values[0]), compare);
    return series->values[rank < series->count ? rank : series->count - 1];
}
