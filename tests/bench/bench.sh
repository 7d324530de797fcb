#!/usr/bin/env bash
# Measure warm requests, side by side:
#     tests/bench/bench.sh TOOLS LOCAL_CLOUD STATIC [warm|soak]
# TOOLS holds the programs of bench.mk, STATIC is the function.  BENCH_ROUNDS is
# how often each is measured (40).  With `warm` single instances are all that is
# measured, and no picture is drawn; with `soak` one instance serves SOAK_REQUESTS
# requests (1000000) instead.
#
# Needs Node with npm, valgrind, and root for ss -K; with `soak` none of these.
#
# Three local clouds run the static, the bare and the Node function for the
# clients; the doors of the first are the stores of all that is measured within.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$1
local_cloud=$2
static=$3
mode=${4:-}
logs=$tools/clouds
# shellcheck source=tests/support/cloud.sh
. tests/support/cloud.sh
# shellcheck source=tests/bench/subjects.sh
. tests/bench/subjects.sh

# A fleet of instances is as many open files.
ulimit -Sn "$(ulimit -Hn)"

# libevent's timers are as coarse as the kernel's clock tick without it, and one
# millisecond of the doors would be up to four.
export EVENT_PRECISE_TIMER=1

declare -A programs=([static]="$static")
if [ "$mode" != soak ]; then
    need node npm valgrind ss
    install_node
    programs[bare]=$tools/bare
    programs[node]=$node_dir/bootstrap
fi
for name in "${!programs[@]}"; do
    start_cloud "$name" "${programs[$name]}" --extra-sql tests/bench/bench.sql
done
for name in "${!programs[@]}"; do
    name_cloud "$name"
done
name_stores static

export BENCH_STATIC=$static BENCH_DIR=$tools
if [ "$mode" = soak ]; then
    export SOAK_REQUESTS=${SOAK_REQUESTS:-1000000}
    "$tools/bench" soak | tee "$tools/soak.md"
    exit
fi

export BENCH_ROUNDS=${BENCH_ROUNDS:-40}
export BENCH_BARE=$tools/bare
export BENCH_NODE=$node_dir/bootstrap BENCH_NODE_BEST=$node_dir/bootstrap-best
export BENCH_GO=$tools/go-client BENCH_GO_BEST=$tools/go-sale
export BENCH_COUNTED=$tools/counted
# What is counted with callgrind, so that its file can be read.
export BENCH_STATIC_SYMBOLS=$static.linked
BENCH_VALGRIND=$(command -v valgrind)
export BENCH_VALGRIND

{
    echo "$BENCH_ROUNDS rounds, interleaved; $(nproc) processors, load" \
        "$(cut -d' ' -f1 /proc/loadavg) before, Node $(node --version)," \
        "$(go version | cut -d' ' -f3)."
    "$tools/bench" ${mode:+"$mode"}
} | tee "$tools/bench.md"
[ -z "$mode" ] || exit 0
# The pictures are drawn from the tables.
gnuplot -c tests/bench/bench.gp "$tools"
