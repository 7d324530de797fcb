# Both halves as one picture, DIR/black-friday.svg, from with.dat and
# without.dat there: a line for each answer, OUTCOME SECONDS (half.h).
#
#     gnuplot -c tests/black_friday/friday.gp DIR
#
# BUYERS, INSTANCES and TICKETS are in the environment.
dir = ARG1
buyers = int(system("echo $BUYERS"))
instances = int(system("echo $INSTANCES"))
tickets = int(system("echo $TICKETS"))
array data[2] = [dir."/without.dat", dir."/with.dat"]

SOLD = 0; REFUSED = 1
BINS = 60
CURVE_POINTS = 300
# Up to so many sales, and so small a share of all, are marked: a bar would not
# be seen.
MARKS_MAX = 5
RARE = 0.01

ink = "#24292f"; soft = "#57606a"; grey = "#d0d7de"; paper = "#ffffff"
green = "#1a9850"; blue = "#4a7fd6"; violet = "#8c6bb1"
# From the top of a bar to its bottom.
array names[4] = ["sold (201)", "errors", "sold out (410)", "refused (409)"]
array colours[4] = [green, "#c8334a", "#e2a32b", blue]

is(outcome) = int($1) == outcome
bin(x, width) = width * (floor(x / width) + 0.5)

commas(n) = n < 1000 ? sprintf("%g", n) : \
    sprintf("%s,%03d", commas(int(n) / 1000), int(n) % 1000)
several(n, word) = commas(n)." ".word.(n == 1 ? "" : "s")

# The next round number, 1, 2, 3, 4, 5, 6 or 8 times a power of ten, and in how
# many steps an axis goes there.
power(v) = 10.0**floor(log10(v))
round_up(v) = (h = v / power(v), power(v) * (h <= 6 ? ceil(h) : h <= 8 ? 8 : 10))
steps(v) = (h = int(v / power(v) + 0.5), h == 3 || h == 6 ? 3 : h % 5 < 2 ? 5 : 4)

# ---- the scales, the same for both halves ----

stats data[1] using 2 name "A" nooutput
stats data[2] using 2 name "B" nooutput
x_end = round_up(1.001 * (A_max > B_max ? A_max : B_max))
width = x_end / BINS
set table $rates
plot for [i=1:2] data[i] using (bin($2, width)):(1 / width) smooth frequency
unset table
stats $rates using 2 name "R" nooutput
y_end = round_up(R_max)

# ---- the page ----

set terminal svg size 980, 735 font "DejaVu Sans,13" background paper

set multiplot
set style fill solid noborder
set boxwidth 0.9 * width
set border 1 lc rgb soft
set grid ytics lt 1 lc rgb grey
set tics nomirror textcolor rgb soft
set xtics out scale 0.5
set ytics scale 0
set xtics 0, x_end / steps(x_end), x_end
set ytics ("0" 0)
set for [i=1:steps(y_end)] ytics add \
    (commas(y_end / steps(y_end) * i) y_end / steps(y_end) * i)
set xrange [0:x_end]
set yrange [0:y_end]
unset key
set label 1 sprintf("{/:Bold=20 Black Friday: %s, %s, %s}", \
    several(buyers, "buyer"), several(instances, "instance"), \
    several(tickets, "ticket")) at screen 0.07, 0.945 textcolor rgb ink
set label 2 "All press Buy at one moment; each instance is a process of its \
own, connected over TLS to the store and the database API." \
    at screen 0.07, 0.915 textcolor rgb soft
do for [i=1:4] {
    x = 0.07 + 0.14 * (i - 1)
    set object i rectangle from screen x, 0.875 to screen x + 0.012, 0.891 \
        fillcolor rgb colours[i] fillstyle solid noborder
    set label 10 + i names[i] at screen x + 0.018, 0.883 textcolor rgb ink
}

# What is answered when: each part of a bar is drawn over the sum of those down
# from it.
part(i) = i <= (is(SOLD) ? 1 : 5 - int($1)) ? 1 / width : 0
do for [half=1:2] {
    left = half == 1 ? 0.07 : 0.55
    stats data[half] using (is(SOLD) ? $2 : x_end):(is(SOLD)) name "S" nooutput
    set lmargin at screen left
    set rmargin at screen left + 0.4
    set bmargin at screen 0.5
    set tmargin at screen 0.77
    set label 3 sprintf("{/:Bold=14 %s the bouncer: %s sold of %d}", \
        half == 1 ? "Without" : "With", commas(int(S_sum_y)), tickets) \
        at screen left, 0.825 textcolor rgb ink
    set label 4 "answers per second" at screen left, 0.793 textcolor rgb soft
    set label 5 "seconds after all pressed Buy" at screen left + 0.4, 0.442 \
        right textcolor rgb soft
    rare = S_sum_y > 0 && S_sum_y <= MARKS_MAX && S_sum_y <= RARE * buyers
    if (rare) {
        set label 6 sprintf("%d sold, after %.2f s", int(S_sum_y), S_min_x) \
            at S_min_x, graph 0.95 offset 0.8 textcolor rgb ink
    }
    plot for [i=1:4] data[half] using (bin($2, width)):(part(i)) \
            smooth frequency with boxes lc rgb colours[i], \
        "" using (rare && is(SOLD) ? $2 : NaN):(y_end) \
            with impulses dt 2 lw 2 lc rgb green
    unset for [i=1:2] label i
    unset for [i=1:4] label 10 + i
    unset for [i=1:4] object i
}

# How long buyers waited: what share of them has an answer by then.
set lmargin at screen 0.07
set rmargin at screen 0.95
set bmargin at screen 0.09
set tmargin at screen 0.35
set yrange [0:100]
set ytics 0, 20, 100
set label 3 "{/:Bold=14 How long buyers waited for an answer}" \
    at screen 0.07, 0.405
set label 4 "% have an answer" at screen 0.07, 0.373
set label 5 at screen 0.95, 0.033
set key at screen 0.95, 0.375 right center Left reverse horizontal samplen 1 \
    textcolor rgb ink
curve_width = x_end / CURVE_POINTS
stats data[2] using (is(REFUSED)) name "N" nooutput
plot data[1] using (bin($2, curve_width)):(100.0 / buyers) smooth cumulative \
        with lines lw 2.5 lc rgb violet title "all, without the bouncer", \
    data[2] using (bin($2, curve_width)):(is(REFUSED) ? 100.0 / N_sum : 0) \
        smooth cumulative \
        with lines lw 2.5 lc rgb blue title "refused, with the bouncer", \
    "" using (rare && is(SOLD) ? $2 : NaN):(100) \
        with impulses dt 2 lw 2 lc rgb green notitle
unset multiplot
