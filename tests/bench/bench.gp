# Draw bench-warm.svg, bench-growth.svg and bench-hot.svg in DIR, from the
# tables in DIR/bench.md: a cell is drawn as the number that it begins with.
#
#     gnuplot -c tests/bench/bench.gp DIR
#
# Where a table's words have changed nothing is found, and gnuplot fails.
dir = ARG1
set datafile separator "|"
set terminal svg size 760, 400 font "DejaVu Sans,12" background "#ffffff"
set border 1 lc rgb "#57606a"
set grid ytics lt 1 lc rgb "#d0d7de"
set tics nomirror textcolor rgb "#57606a"
set xtics out scale 0.5
set ytics scale 0
set logscale y
set key outside right top Left reverse samplen 2
array colours[3] = ["#8c959f", "#1a9850", "#c8334a"]
do for [i=1:6] {
    set style line i lc rgb colours[(i - 1) % 3 + 1] dt int(1 + i / 4) lw 2 pt 7 ps 0.6
}

# Rows that begin with ROW and hold MORE, of the table whose head holds HEAD;
# the second, their cells, each in a line of its own.
rows(head, row, more) = sprintf("< awk '!NF {on = 0} index($0, \"%s\") {on = 1} \
    on && index($0, \"| %s\") == 1 && index($0, \"%s\")' %s/bench.md", \
    head, row, more, dir)
cells(head, row, more) = rows(head, row, more)." | cut -d'|' -f3- | tr '|' '\\n'"

array names[3] = ["bare", "ours", "Node"]
array subjects[3] = ["bare exchanges, static", "**bootstrap", "Node, @upstash/lock"]
name(i) = names[(i - 1) % 3 + 1]
subject(i) = subjects[(i - 1) % 3 + 1]

set output dir."/bench-warm.svg"
set title "A request in the instance, over the latency of the stores, µs"
set xrange [-0.2:3.2]
set xtics ("0 ms" 0, "1 ms" 1, "5 ms" 2, "20 ms" 3)
fence(i) = name(i) eq "bare" ? "" : " fenced"
outcome(i) = i <= 3 ? "refusal" : "sale"
plot for [i=1:6] cells("| in the instance, µs, where", subject(i), \
    fence(i).(name(i) eq "ours" ? "**" : "").", ".outcome(i)) \
    using 0:1 with linespoints ls i title name(i).", ".outcome(i)

set output dir."/bench-growth.svg"
set title "Answers per second, over the number of instances"
set xtics ("1" 0, "10" 1, "100" 2, "1,000" 3)
lock(i) = i <= 3 ? "one lock" : "a lock for each"
plot for [i=1:6] rows("| instances, each asked again at once", subject(i), lock(i)) \
    using 0:($3 + $4) with linespoints ls i title name(i).", ".lock(i)

set output dir."/bench-hot.svg"
set title "Sales per second of 32 instances, over the number of locks for one product"
set xtics ("1" 0, "2" 1, "4" 2, "8" 3)
array delays[3] = ["no latency", "1 ms", "5 ms"]
plot for [i=1:3] rows("of 32 instances, both stores wait", "", " locks |") \
    using 0:(column(2 + i)) with linespoints ls i title delays[i]
