#include "plot.h"

#include <math.h>
#include <stdio.h>

#define WIDTH 760
#define HEIGHT 400
#define LEFT 80
#define RIGHT 180
#define TOP 50
#define BOTTOM 50
#define POINTS_MAX 8
#define LINES_MAX 8
#define DECADES 7

/* Lines over named positions; values on a logarithmic axis from 1 on. */
struct chart {
    const char *title;
    const char *unit;
    int point_count;
    int line_count;
    char points[POINTS_MAX][24];
    const char *lines[LINES_MAX];
    double values[LINES_MAX][POINTS_MAX]; /* 0: none */
};

static const char *const colours[LINES_MAX] = {"#888888", "#0b6e4f", "#5fb49c",
                                               "#b3001b", "#e07a5f", "#3d5a80",
                                               "#98c1d9", "#6d597a"};

static double x_of(const struct chart *chart, int point)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * (point + 0.5) / chart->point_count;
}

static double y_of(double value)
{
    double share = log10(value < 1 ? 1 : value) / DECADES;

    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share;
}

static void draw_axes(FILE *file, const struct chart *chart)
{
    (void)fprintf(file,
                  "<text x=\"%d\" y=\"25\" font-size=\"15\">%s</text>\n"
                  "<text x=\"10\" y=\"%d\" font-size=\"11\">%s</text>\n",
                  LEFT, chart->title, TOP - 10, chart->unit);
    for (int i = 0; i <= DECADES; i++) {
        const double y = y_of(pow(10, i));

        (void)fprintf(file,
                      "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>"
                      "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f"
                      "</text>\n",
                      LEFT, y, WIDTH - RIGHT, LEFT - 6, y + 4, pow(10, i));
    }
    for (int i = 0; i < chart->point_count; i++)
        (void)fprintf(file,
                      "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s"
                      "</text>\n",
                      x_of(chart, i), HEIGHT - BOTTOM + 20, chart->points[i]);
}

static void draw_line(FILE *file, const struct chart *chart, int line)
{
    const int y = TOP + 20 * line;
    bool begun = false;

    (void)fprintf(file,
                  "<path fill=\"none\" stroke-width=\"2\" stroke=\"%s\" d=\"",
                  colours[line]);
    for (int i = 0; i < chart->point_count; i++) {
        if (chart->values[line][i] <= 0)
            continue;
        (void)fprintf(file, "%c%.1f %.1f", begun ? 'L' : 'M', x_of(chart, i),
                      y_of(chart->values[line][i]));
        begun = true;
    }
    (void)fprintf(file,
                  "\"/>\n<path d=\"M%d %dh14\" stroke-width=\"3\" "
                  "stroke=\"%s\"/><text x=\"%d\" y=\"%d\">%s</text>\n",
                  WIDTH - RIGHT + 12, y, colours[line], WIDTH - RIGHT + 32,
                  y + 4, chart->lines[line]);
}

static bool draw(const char *dir, const char *name, const struct chart *chart)
{
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "we");
    if (!file)
        return false;
    (void)fprintf(file,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                  "height=\"%d\" font-family=\"sans-serif\" "
                  "font-size=\"11\">\n"
                  "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                  WIDTH, HEIGHT);
    draw_axes(file, chart);
    for (int i = 0; i < chart->line_count; i++)
        draw_line(file, chart, i);
    (void)fprintf(file, "</svg>\n");
    return fclose(file) == 0;
}

/* ---- the charts ---- */

static bool draw_warm(const char *dir, struct warm_results *warm)
{
    static const struct {
        const char *name;
        enum warm_row row;
        enum warm_outcome outcome;
    } lines[] = {
        {"bare, refusal", ROW_BARE, REFUSAL},
        {"ours, refusal", ROW_OURS, REFUSAL},
        {"Node, refusal", ROW_NODE, REFUSAL},
        {"bare, sale", ROW_BARE, SALE},
        {"ours, sale", ROW_OURS, SALE},
        {"Node, sale", ROW_NODE, SALE},
    };
    struct chart chart = {
        .title = "A request in the instance, over the latency of the stores",
        .unit = "µs",
        .point_count = WARM_DELAYS,
        .line_count = sizeof(lines) / sizeof(lines[0]),
    };

    for (int d = 0; d < WARM_DELAYS; d++)
        (void)snprintf(chart.points[d], sizeof(chart.points[d]), "%d ms",
                       warm_delays_ms[d]);
    for (int i = 0; i < chart.line_count; i++) {
        chart.lines[i] = lines[i].name;
        for (int d = 0; d < WARM_DELAYS; d++) {
            struct series *series =
                &warm->figures[lines[i].row][lines[i].outcome][d].inside_ns;

            if (series->count)
                chart.values[i][d] =
                    (double)series_summary(series).median / 1e3;
        }
    }
    return draw(dir, "bench-warm.svg", &chart);
}

static bool draw_growth(const char *dir, const struct load_results *load)
{
    static const struct {
        const char *name;
        enum warm_subject subject;
        bool locks_of_their_own;
    } lines[] = {
        {"bare, one lock", WARM_BARE, false},
        {"ours, one lock", WARM_OURS, false},
        {"Node, one lock", WARM_NODE, false},
        {"bare, a lock each", WARM_BARE, true},
        {"ours, a lock each", WARM_OURS, true},
        {"Node, a lock each", WARM_NODE, true},
    };
    struct chart chart = {
        .title = "Answers per second over the number of instances",
        .unit = "per s",
        .point_count = GROWTH_STEPS,
        .line_count = sizeof(lines) / sizeof(lines[0]),
    };

    for (int step = 0; step < GROWTH_STEPS; step++)
        (void)snprintf(chart.points[step], sizeof(chart.points[step]), "%d",
                       growth_instances[step]);
    for (int i = 0; i < chart.line_count; i++) {
        chart.lines[i] = lines[i].name;
        for (int step = 0; step < GROWTH_STEPS; step++) {
            const struct fleet_result *result =
                &load->growth[lines[i].subject][step]
                             [lines[i].locks_of_their_own];

            if (result->seconds > 0)
                chart.values[i][step] =
                    (double)(result->sold + result->refused + result->other) /
                    result->seconds;
        }
    }
    return draw(dir, "bench-growth.svg", &chart);
}

static bool draw_hot(const char *dir, const struct load_results *load)
{
    static const char *const names[HOT_DELAYS] = {"no latency", "1 ms", "5 ms"};
    struct chart chart = {
        .title = "Sales per second over the number of locks for one product",
        .unit = "per s",
        .point_count = HOT_STEPS,
        .line_count = HOT_DELAYS,
    };

    for (int step = 0; step < HOT_STEPS; step++)
        (void)snprintf(chart.points[step], sizeof(chart.points[step]), "%d",
                       hot_locks[step]);
    for (int d = 0; d < HOT_DELAYS; d++) {
        chart.lines[d] = names[d];
        for (int step = 0; step < HOT_STEPS; step++) {
            const struct fleet_result *result = &load->hot[step][d];

            if (result->seconds > 0)
                chart.values[d][step] = (double)result->sold / result->seconds;
        }
    }
    return draw(dir, "bench-hot.svg", &chart);
}

bool plot_all(const char *dir, struct warm_results *warm,
              const struct load_results *load)
{
    return draw_warm(dir, warm) && draw_growth(dir, load) &&
           draw_hot(dir, load);
}
