# The three acts as one picture, DIR/black-friday.svg, from naive.dat,
# function.dat and bouncer.dat there: a line "SECONDS SOLD SOLD_OUT FAILED" for
# each buyer who asks no more (act.h).
#
#     gnuplot -c tests/black_friday/friday.gp DIR
#
# BUYERS, INSTANCES and TICKETS are in the environment.
dir = ARG1
buyers = int(system("echo $BUYERS"))
instances = int(system("echo $INSTANCES"))
tickets = int(system("echo $TICKETS"))
array data[3] = [dir."/naive.dat", dir."/function.dat", dir."/bouncer.dat"]
array titles[3] = ["The naive operation", "The SQL function alone", "Bouncer"]

# Up to so small a share of all is marked: an area would not be seen.
RARE = 0.01

ink = "#24292f"; soft = "#57606a"; grey = "#d0d7de"; paper = "#ffffff"
green = "#1a9850"; violet = "#8c6bb1"; blue = "#4a7fd6"
array names[4] = ["sold", "told \"sold out\"", "errors", "still asking"]
array colours[4] = [green, "#e2a32b", "#c8334a", blue]

commas(n) = n < 1000 ? sprintf("%g", n) : \
    sprintf("%s,%03d", commas(int(n) / 1000), int(n) % 1000)
several(n, word) = commas(n)." ".word.(n == 1 ? "" : "s")

# The next round number, 1, 2, 3, 4, 5, 6 or 8 times a power of ten, and in how
# many steps an axis goes there.
power(v) = 10.0**floor(log10(v))
round_up(v) = (h = v / power(v), power(v) * (h <= 6 ? ceil(h) : h <= 8 ? 8 : 10))
steps(v) = (h = int(v / power(v) + 0.5), h == 3 || h == 6 ? 3 : h % 5 < 2 ? 5 : 4)

# ---- the scales, the same for all acts ----

x_end = 0
do for [act=1:3] {
    stats data[act] using 1 name "A" nooutput
    x_end = A_max > x_end ? A_max : x_end
}
x_end = round_up(1.001 * x_end)

# An act from the release on, and with its end drawn on to that of the axis.
whole(act) = sprintf("< echo 0 0 0 0; cat %s; tail -n 1 %s | sed 's/^[^ ]*/%g/'", \
    data[act], data[act], x_end)

# ---- the page ----

set terminal svg size 980, 735 font "DejaVu Sans,13" background paper

set multiplot
set style fill solid noborder
set border 1 lc rgb soft
set grid ytics lt 1 lc rgb grey
set tics nomirror textcolor rgb soft
set xtics out scale 0.5
set ytics scale 0
set xtics 0, x_end / steps(x_end), x_end
set ytics ("0" 0)
set for [i=1:steps(buyers)] ytics add \
    (commas(buyers * 1.0 / steps(buyers) * i) buyers * 1.0 / steps(buyers) * i)
set xrange [0:x_end]
set yrange [0:buyers]
unset key
set label 1 sprintf("{/:Bold=20 Black Friday: %s, %s, %s}", \
    several(buyers, "buyer"), several(instances, "instance"), \
    several(tickets, "ticket")) at screen 0.07, 0.945 textcolor rgb ink
set label 2 "All press Buy at one moment and come back when they are told to; \
each instance is a process of its own." \
    at screen 0.07, 0.915 textcolor rgb soft
do for [i=1:4] {
    x = 0.07 + 0.16 * (i - 1)
    set object i rectangle from screen x, 0.875 to screen x + 0.012, 0.891 \
        fillcolor rgb colours[i] fillstyle solid noborder
    set label 10 + i names[i] at screen x + 0.018, 0.883 textcolor rgb ink
}

# What buyers know by then: areas on top of each other.
do for [act=1:3] {
    left = 0.07 + 0.315 * (act - 1)
    stats data[act] using 2 name "S" nooutput
    sold = int(S_max)
    stats data[act] using ($2 == sold ? $1 : x_end) name "T" nooutput
    set lmargin at screen left
    set rmargin at screen left + 0.255
    set bmargin at screen 0.5
    set tmargin at screen 0.77
    set label 3 sprintf("{/:Bold=14 %s: %s sold of %s}", titles[act], \
        commas(sold), commas(tickets)) at screen left, 0.825 textcolor rgb ink
    set label 4 "buyers" at screen left, 0.793 textcolor rgb soft
    set label 5 "seconds after all pressed Buy" at screen left + 0.255, 0.442 \
        right textcolor rgb soft
    rare = sold > 0 && sold <= RARE * buyers
    unset label 6
    if (rare) {
        set label 6 sprintf("%d sold, after %.2f s", sold, T_min) \
            at T_min, graph 0.95 front offset 0.8 textcolor rgb ink
    }
    plot whole(act) using 1:(buyers) with filledcurves x1 lc rgb colours[4], \
        "" using 1:($2 + $3 + $4) with filledcurves x1 lc rgb colours[3], \
        "" using 1:($2 + $3) with filledcurves x1 lc rgb colours[2], \
        "" using 1:2 with filledcurves x1 lc rgb colours[1], \
        "+" using (rare ? T_min : NaN):(buyers) \
            with impulses dt 2 lw 2 lc rgb ink
    unset for [i=1:2] label i
    unset for [i=1:4] label 10 + i
    unset for [i=1:4] object i
}

# The same as one question: who knows by then?
array lines[3] = [violet, "#e2a32b", green]
set lmargin at screen 0.07
set rmargin at screen 0.955
set bmargin at screen 0.09
set tmargin at screen 0.35
set yrange [0:100]
set ytics 0, 20, 100
unset label 6
set label 3 "{/:Bold=14 How long buyers waited for the last word}" \
    at screen 0.07, 0.405
set label 4 "% know" at screen 0.07, 0.373
set label 5 at screen 0.955, 0.033
set key at screen 0.955, 0.375 right center Left reverse horizontal samplen 1 \
    textcolor rgb ink
plot for [act=1:3] whole(act) using 1:(100.0 * ($2 + $3 + $4) / buyers) \
    with lines lw 2.5 lc rgb lines[act] title titles[act]
unset multiplot
