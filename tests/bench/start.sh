#!/usr/bin/env bash
# Measure cold starts:
#     tests/bench/start.sh TOOLS LOCAL_CLOUD STATIC DYNAMIC
# TOOLS holds the programs of bench.mk, STATIC and DYNAMIC are builds of the
# function.  BENCH_RUNS is how often each program is started (30).
#
# Needs Node with npm, and zip.
#
# Four local clouds run the static, the dynamic, the Node and the Go function;
# the doors of the first are the stores that everybody connects to.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=$1
local_cloud=$2
logs=$tools/clouds
# shellcheck source=tests/support/cloud.sh
. tests/support/cloud.sh
# shellcheck source=tests/bench/subjects.sh
. tests/bench/subjects.sh
programs=$tools/programs
static=$programs/static
dynamic=$programs/dynamic

need node npm zip
install_node
# All written in one go, as a package is unpacked: a linker writes in pieces,
# and the page cache keeps those, so that its file takes longer to start.
mkdir -p "$programs"
cp "$tools/floor" "$tools/handshakes" "$tools/go-sale" "$programs/"
cp "$3" "$static"
cp "$4" "$dynamic"
cp function/operations.json "$programs/"
start_cloud static "$static"
start_cloud dynamic "$dynamic"
start_cloud node "$node_dir/bootstrap"
start_cloud go "$programs/go-sale"
for name in static dynamic node go; do
    name_cloud "$name"
done

export BENCH_RUNS=${BENCH_RUNS:-30}
export BENCH_FLOOR=$programs/floor BENCH_HANDSHAKES=$programs/handshakes
export BENCH_STATIC=$static BENCH_DYNAMIC=$dynamic
export BENCH_NODE=$node_dir/bootstrap BENCH_GO=$programs/go-sale
name_stores static
BENCH_ZIP_BYTES=$(zip -q -9 -X -j - "$static" | wc -c)
export BENCH_ZIP_BYTES

echo "$BENCH_RUNS cold starts each, interleaved; $(nproc) processors, load" \
    "$(cut -d' ' -f1 /proc/loadavg) before."
echo
"$tools/start"
