#!/usr/bin/env bash
# Measure warm requests, side by side:
#     tests/bench/bench.sh TOOLS LOCAL_CLOUD STATIC
# TOOLS holds the programs of bench.mk, STATIC is the function.  BENCH_ROUNDS is how often each is measured (20).
#
# Needs Node with npm, valgrind, and root for ss -K.
#
# Three local clouds run the static, the bare and the Node function for the
# clients; the doors of the first are the stores of all that is measured within.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/bench/clouds.sh
. tests/bench/clouds.sh

tools=$1
local_cloud=$2
static=$3

# libevent's timers are as coarse as the kernel's clock tick without it, and one
# millisecond of the doors would be up to four.
export EVENT_PRECISE_TIMER=1

need node npm valgrind ss
install_node
for name in static bare node; do
    case $name in
    static) program=$static ;;
    bare) program=$tools/bare ;;
    node) program=$node_dir/bootstrap ;;
    esac
    start_cloud "$name" "$program" --extra-sql tests/bench/bench.sql
done
for name in static bare node; do
    wait_for_cloud "$name"
    export "BENCH_${name^^}_FUNCTION_URL=$(address "$name" FUNCTION_URL)"
    export "BENCH_${name^^}_CONTROL_URL=$(address "$name" CONTROL_URL)"
    export "BENCH_${name^^}_KV_URL=$(address "$name" UPSTASH_REDIS_REST_URL)"
    export "BENCH_${name^^}_KV_TOKEN=$(address "$name" UPSTASH_REDIS_REST_TOKEN)"
done
name_stores static

export BENCH_ROUNDS=${BENCH_ROUNDS:-20}
export BENCH_STATIC=$static BENCH_BARE=$tools/bare
export BENCH_NODE=$node_dir/bootstrap BENCH_COUNTED=$tools/counted
export BENCH_DIR=$tools
# What is counted with callgrind, so that its file can be read.
export BENCH_STATIC_SYMBOLS=$static.linked
BENCH_VALGRIND=$(command -v valgrind)
export BENCH_VALGRIND

{
    echo "$BENCH_ROUNDS rounds, interleaved; $(nproc) processors, load" \
        "$(cut -d' ' -f1 /proc/loadavg) before, Node $(node --version)."
    "$tools/bench"
} | tee "$tools/bench.md"
