#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "report.h"
#include "svg.h"

#define US_PER_S 1e6

/* The two upper panels, and the lower one below both. */
#define PANEL_LEFT_X 70.0
#define PANEL_RIGHT_X 540.0
#define LEGEND_Y 90.0
#define PANEL_Y 170.0
#define PANEL_WIDTH 390.0
#define PANEL_HEIGHT 200.0
#define LOWER_Y 480.0
#define LOWER_WIDTH 860.0
#define LOWER_HEIGHT 190.0

/* Between the legend of a panel and its upper edge. */
#define LEGEND_UP 14.0

#define BINS 60
#define CURVE_POINTS 200

/* A distribution of fewer is none. */
#define CURVE_MIN 20

/* Below this share of all, sales are marked: a bar would not be seen. */
#define RARE 0.01
#define MARKS_MAX 5

/* Their names in the legend, and their colours (svg.h). */
static const struct {
    const char *name;
    const char *class;
} looks[] = {
    [OUTCOME_SOLD] = {"sold (201)", "sold"},
    [OUTCOME_REFUSED] = {"refused (409)", "refused"},
    [OUTCOME_SOLD_OUT] = {"sold out (410)", "out"},
    [OUTCOME_FAILED] = {"errors", "failed"},
};

/* From the bottom of a bar to its top: what is most lies lowest. */
static const enum outcome stacked[] = {OUTCOME_REFUSED, OUTCOME_SOLD_OUT,
                                       OUTCOME_FAILED, OUTCOME_SOLD};

static double seconds(int64_t us)
{
    return (double)us / US_PER_S;
}

/* ---- answers over time ---- */

struct histogram {
    int counts[OUTCOMES][BINS];
    double end_s;
    double highest; /* answers per second */
};

/* When the last of all who get one has an answer, rounded up; never 0. */
static double end_of(const struct half *without, const struct half *with)
{
    int64_t a_us = tally_percentile(&without->all, 100);
    int64_t b_us = tally_percentile(&with->all, 100);

    return svg_round_up(seconds(a_us > b_us ? a_us : b_us) * 1.001);
}

static void fill(struct histogram *histogram, const struct half *half,
                 double end_s)
{
    *histogram = (struct histogram){.end_s = end_s};
    for (int outcome = 0; outcome < OUTCOMES; outcome++) {
        const struct tally *tally = &half->tallies[outcome];

        for (int i = 0; i < tally->count; i++) {
            int bin = (int)(seconds(tally->latencies_us[i]) / end_s * BINS);

            histogram->counts[outcome][bin < BINS ? bin : BINS - 1]++;
        }
    }
    for (int bin = 0; bin < BINS; bin++) {
        int sum = 0;

        for (int outcome = 0; outcome < OUTCOMES; outcome++)
            sum += histogram->counts[outcome][bin];
        histogram->highest = fmax(histogram->highest, sum * BINS / end_s);
    }
}

static void draw_bars(FILE *file, const struct svg_panel *panel,
                      const struct histogram *histogram)
{
    double bin_s = histogram->end_s / BINS;

    for (int bin = 0; bin < BINS; bin++) {
        double base = 0;

        for (size_t i = 0; i < OUTCOMES; i++) {
            double rate = histogram->counts[stacked[i]][bin] / bin_s;

            if (rate > 0)
                svg_bar(file, panel, looks[stacked[i]].class, bin * bin_s,
                        (bin + 1) * bin_s, base, base + rate);
            base += rate;
        }
    }
}

static void mark_sales(FILE *file, const struct svg_panel *panel,
                       const struct half *half)
{
    const struct tally *sold = &half->tallies[OUTCOME_SOLD];
    char text[64];

    if (sold->count == 0 || sold->count > MARKS_MAX ||
        sold->count > RARE * half->options.buyers)
        return;
    for (int i = 0; i < sold->count; i++)
        svg_mark(file, panel, "sold", seconds(sold->latencies_us[i]), NULL);
    (void)snprintf(text, sizeof(text), "%d sold, after %.2f s", sold->count,
                   seconds(sold->latencies_us[0]));
    svg_mark(file, panel, "sold", seconds(sold->latencies_us[0]), text);
}

static void draw_over_time(FILE *file, const struct half *half,
                           const struct histogram *histogram, double x,
                           double y_end)
{
    const struct svg_panel panel = {
        .x = x,
        .y = PANEL_Y,
        .width = PANEL_WIDTH,
        .height = PANEL_HEIGHT,
        .x_end = histogram->end_s,
        .y_end = y_end,
        .x_label = "seconds after all pressed Buy",
        .y_label = "answers per second",
    };
    int sold = half->tallies[OUTCOME_SOLD].count;
    char count[REPORT_NUMBER_MAX];
    char text[160];

    (void)snprintf(text, sizeof(text), "%s the bouncer: %s sold of %d",
                   x > PANEL_LEFT_X ? "With" : "Without",
                   report_number(sold, count), half->options.tickets);
    svg_panel_begin(file, &panel, text);
    draw_bars(file, &panel, histogram);
    svg_panel_end(file, &panel);
    mark_sales(file, &panel, half);
}

/* Both on the same scales. */
static void draw_both(FILE *file, const struct half *without,
                      const struct half *with)
{
    struct histogram left;
    struct histogram right;
    double end_s = end_of(without, with);
    double y_end;

    fill(&left, without, end_s);
    fill(&right, with, end_s);
    y_end = svg_round_up(fmax(left.highest, right.highest));
    draw_over_time(file, without, &left, PANEL_LEFT_X, y_end);
    draw_over_time(file, with, &right, PANEL_RIGHT_X, y_end);
}

/* ---- latencies ---- */

/* TALLY as those of ASKED buyers who have an answer. */
static void draw_curve(FILE *file, const struct svg_panel *panel,
                       const struct tally *tally, int asked, const char *class)
{
    if (tally->count < CURVE_MIN)
        return;
    svg_line_begin(file, class);
    for (int i = 0; i <= CURVE_POINTS; i++) {
        double percent = 100.0 * i / CURVE_POINTS;

        svg_line_point(file, panel, seconds(tally_percentile(tally, percent)),
                       percent * tally->count / asked);
    }
    svg_line_end(file);
}

static void draw_latencies(FILE *file, const struct half *without,
                           const struct half *with)
{
    const struct tally *refused = &with->tallies[OUTCOME_REFUSED];
    const struct svg_panel panel = {
        .x = PANEL_LEFT_X,
        .y = LOWER_Y,
        .width = LOWER_WIDTH,
        .height = LOWER_HEIGHT,
        .x_end = end_of(without, with),
        .y_end = 100,
        .x_label = "seconds after all pressed Buy",
        .y_label = "% have an answer",
    };

    double x = PANEL_LEFT_X + LOWER_WIDTH * 0.4;

    svg_panel_begin(file, &panel, "How long buyers waited for an answer");
    x = svg_legend(file, x, LOWER_Y - LEGEND_UP, "refused",
                   "refused, with the bouncer");
    (void)svg_legend(file, x, LOWER_Y - LEGEND_UP, "without",
                     "all, without the bouncer");
    svg_panel_end(file, &panel);
    draw_curve(file, &panel, &without->all, without->options.buyers, "without");
    draw_curve(file, &panel, refused, refused->count, "refused");
    mark_sales(file, &panel, with);
}

/* ---- the whole ---- */

static void draw_legend(FILE *file)
{
    double x = PANEL_LEFT_X;

    for (int i = 0; i < OUTCOMES; i++)
        x = svg_legend(file, x, LEGEND_Y, looks[i].class, looks[i].name);
}

static void draw(FILE *file, const struct half *without,
                 const struct half *with)
{
    char buyers[REPORT_NUMBER_MAX];
    char instances[REPORT_NUMBER_MAX];
    char text[160];

    (void)snprintf(text, sizeof(text),
                   "Black Friday: %s buyers, %s instances, %d ticket%s",
                   report_number(with->options.buyers, buyers),
                   report_number(with->options.cloud.instances, instances),
                   with->options.tickets,
                   with->options.tickets == 1 ? "" : "s");
    svg_begin(file, 980, 735, text);
    svg_text(file, PANEL_LEFT_X, 40, "title", text);
    svg_text(file, PANEL_LEFT_X, 62, "soft",
             "All press Buy at one moment; each instance is a process of its "
             "own, connected over TLS to the store and the database API.");
    draw_legend(file);
    draw_both(file, without, with);
    draw_latencies(file, without, with);
    svg_end(file);
}

bool chart_write(const struct half *without, const struct half *with,
                 const char *dir)
{
    char path[512];
    FILE *file;
    bool good;

    (void)snprintf(path, sizeof(path), "%s/black-friday.svg", dir);
    file = fopen(path, "we");
    if (file == NULL) {
        perror(path);
        return false;
    }
    draw(file, without, with);
    good = ferror(file) == 0;
    good = fclose(file) == 0 && good;
    if (!good) {
        perror(path);
        (void)unlink(path);
    }
    return good;
}
