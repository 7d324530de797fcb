/*
 * svg: the little of SVG that a chart needs: panels with axes from zero, bars,
 * lines, marks.
 *
 * Colours are classes: sold, refused, out, failed, without; title, soft.
 * On a dark page the paper is dark, too.
 */
#ifndef BOUNCER_BLACK_FRIDAY_SVG_H
#define BOUNCER_BLACK_FRIDAY_SVG_H

#include <stdio.h>

struct svg_panel {
    double x, y, width, height; /* where it lies, in pixels */
    double x_end, y_end;        /* the values at the ends of its axes */
    const char *x_label;
    const char *y_label;
};

/* TITLE is for who cannot see it. */
void svg_begin(FILE *file, int width, int height, const char *title);
void svg_end(FILE *file);

void svg_text(FILE *file, double x, double y, const char *class,
              const char *text);

/* A coloured square and its name; returns where the next one may begin. */
double svg_legend(FILE *file, double x, double y, const char *class,
                  const char *name);

/* The panel's title and grid; then what is drawn in it; then its axes. */
void svg_panel_begin(FILE *file, const struct svg_panel *panel,
                     const char *title);
void svg_panel_end(FILE *file, const struct svg_panel *panel);

/* A bar from X1 to X2 and from Y1 up to Y2, in values. */
void svg_bar(FILE *file, const struct svg_panel *panel, const char *class,
             double x1, double x2, double y1, double y2);

/* A line through points in values. */
void svg_line_begin(FILE *file, const char *class);
void svg_line_point(FILE *file, const struct svg_panel *panel, double x,
                    double y);
void svg_line_end(FILE *file);

/* An upright line at X with a text, or NULL, beside its upper end. */
void svg_mark(FILE *file, const struct svg_panel *panel, const char *class,
              double x, const char *text);

/* The next round number, 1, 2, 3, 4, 5, 6 or 8 times a power of ten. */
double svg_round_up(double value);

#endif
