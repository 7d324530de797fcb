#include "svg.h"

#include <math.h>
#include <string.h>

/* Steps of an axis, at most. */
#define STEPS_MAX 5

/* About the width of a letter, for the legend. */
#define LETTER_WIDTH 6.6

static const char style[] =
    "text{font:13px 'DejaVu Sans',Verdana,sans-serif;fill:#24292f}"
    ".title{font-size:20px;font-weight:bold}"
    ".panel{font-size:14px;font-weight:bold}"
    ".soft{fill:#57606a}"
    ".paper{fill:#fff}"
    ".grid{stroke:#d0d7de;stroke-width:1}"
    ".axis{stroke:#57606a;stroke-width:1}"
    ".mark{stroke-width:2;stroke-dasharray:5 3}"
    ".line{fill:none;stroke-width:2.5;stroke-linejoin:round}"
    ".fill-sold{fill:#1a9850}.stroke-sold{stroke:#1a9850}"
    ".fill-refused{fill:#4a7fd6}.stroke-refused{stroke:#4a7fd6}"
    ".fill-out{fill:#e2a32b}.stroke-out{stroke:#e2a32b}"
    ".fill-failed{fill:#c8334a}.stroke-failed{stroke:#c8334a}"
    ".fill-without{fill:#8c6bb1}.stroke-without{stroke:#8c6bb1}"
    "@media(prefers-color-scheme:dark){"
    "text{fill:#e6edf3}.soft{fill:#9198a1}.paper{fill:#0d1117}"
    ".grid{stroke:#30363d}.axis{stroke:#9198a1}}";

double svg_round_up(double value)
{
    static const double steps[] = {1, 2, 3, 4, 5, 6, 8, 10};
    double power = pow(10, floor(log10(value > 0 ? value : 1)));

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (value <= steps[i] * power)
            return steps[i] * power;
    }
    return 10 * power;
}

/* The largest of 1, 2, 5 times a power of ten that gives few steps to END. */
static double step_of(double end)
{
    double power = pow(10, floor(log10(end)) - 1);

    for (;;) {
        if (end / power <= STEPS_MAX)
            return power;
        if (end / (2 * power) <= STEPS_MAX)
            return 2 * power;
        if (end / (5 * power) <= STEPS_MAX)
            return 5 * power;
        power *= 10;
    }
}

static double x_of(const struct svg_panel *panel, double value)
{
    return panel->x + panel->width * value / panel->x_end;
}

static double y_of(const struct svg_panel *panel, double value)
{
    return panel->y + panel->height * (1 - value / panel->y_end);
}

/* ---- the page ---- */

void svg_begin(FILE *file, int width, int height, const char *title)
{
    (void)fprintf(file,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                  "viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                  "role=\"img\">\n<title>%s</title>\n<style>%s</style>\n"
                  "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n",
                  width, height, width, height, title, style, width, height);
}

void svg_end(FILE *file)
{
    (void)fputs("</svg>\n", file);
}

void svg_text(FILE *file, double x, double y, const char *class,
              const char *text)
{
    (void)fprintf(file, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
                  class, x, y, text);
}

double svg_legend(FILE *file, double x, double y, const char *class,
                  const char *name)
{
    (void)fprintf(file,
                  "<rect class=\"fill-%s\" x=\"%.1f\" y=\"%.1f\" width=\"12\" "
                  "height=\"12\"/>\n",
                  class, x, y - 11);
    svg_text(file, x + 18, y, "", name);
    return x + 18 + LETTER_WIDTH * (double)strlen(name) + 40;
}

/* ---- a panel ---- */

/* 12000 as 12,000; less than ten with what digits it has. */
static void print_number(FILE *file, double value)
{
    if (value >= 1000)
        (void)fprintf(file, "%d,%03d", (int)value / 1000, (int)value % 1000);
    else
        (void)fprintf(file, "%g", value);
}

static void draw_y_grid(FILE *file, const struct svg_panel *panel)
{
    double step = step_of(panel->y_end);

    for (int i = 0; i * step <= panel->y_end * 1.0001; i++) {
        double y = y_of(panel, i * step);

        (void)fprintf(file,
                      "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" "
                      "x2=\"%.1f\" y2=\"%.1f\"/>\n<text class=\"soft\" "
                      "x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
                      panel->x, y, panel->x + panel->width, y, panel->x - 6,
                      y + 4);
        print_number(file, i * step);
        (void)fputs("</text>\n", file);
    }
}

static void draw_x_ticks(FILE *file, const struct svg_panel *panel)
{
    double step = step_of(panel->x_end);
    double bottom = panel->y + panel->height;

    for (int i = 0; i * step <= panel->x_end * 1.0001; i++) {
        double x = x_of(panel, i * step);

        (void)fprintf(file,
                      "<line class=\"axis\" x1=\"%.1f\" y1=\"%.1f\" "
                      "x2=\"%.1f\" y2=\"%.1f\"/>\n<text class=\"soft\" "
                      "x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                      x, bottom, x, bottom + 5, x, bottom + 19);
        print_number(file, i * step);
        (void)fputs("</text>\n", file);
    }
}

void svg_panel_begin(FILE *file, const struct svg_panel *panel,
                     const char *title)
{
    svg_text(file, panel->x, panel->y - 36, "panel", title);
    svg_text(file, panel->x, panel->y - 14, "soft", panel->y_label);
    draw_y_grid(file, panel);
}

void svg_panel_end(FILE *file, const struct svg_panel *panel)
{
    double bottom = panel->y + panel->height;

    (void)fprintf(file,
                  "<line class=\"axis\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
                  "y2=\"%.1f\"/>\n",
                  panel->x, bottom, panel->x + panel->width, bottom);
    draw_x_ticks(file, panel);
    (void)fprintf(file,
                  "<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" "
                  "text-anchor=\"end\">%s</text>\n",
                  panel->x + panel->width, bottom + 37, panel->x_label);
}

void svg_bar(FILE *file, const struct svg_panel *panel, const char *class,
             double x1, double x2, double y1, double y2)
{
    (void)fprintf(file,
                  "<rect class=\"fill-%s\" x=\"%.2f\" y=\"%.2f\" "
                  "width=\"%.2f\" height=\"%.2f\"/>\n",
                  class, x_of(panel, x1), y_of(panel, y2),
                  x_of(panel, x2) - x_of(panel, x1) - 0.6,
                  y_of(panel, y1) - y_of(panel, y2));
}

void svg_line_begin(FILE *file, const char *class)
{
    (void)fprintf(file, "<polyline class=\"line stroke-%s\" points=\"", class);
}

void svg_line_point(FILE *file, const struct svg_panel *panel, double x,
                    double y)
{
    (void)fprintf(file, "%.1f,%.1f ", x_of(panel, x), y_of(panel, y));
}

void svg_line_end(FILE *file)
{
    (void)fputs("\"/>\n", file);
}

void svg_mark(FILE *file, const struct svg_panel *panel, const char *class,
              double x, const char *text)
{
    double at = x_of(panel, x);
    int is_left = at < panel->x + panel->width * 0.6;

    (void)fprintf(file,
                  "<line class=\"mark stroke-%s\" x1=\"%.1f\" y1=\"%.1f\" "
                  "x2=\"%.1f\" y2=\"%.1f\"/>\n",
                  class, at, panel->y, at, panel->y + panel->height);
    if (text != NULL)
        (void)fprintf(file,
                      "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s"
                      "</text>\n",
                      at + (is_left ? 6 : -6), panel->y + 12,
                      is_left ? "start" : "end", text);
}
