#!/usr/bin/env bash
# Measure cold starts:
#     tests/bench/start.sh TOOLS LOCAL_CLOUD STATIC DYNAMIC
# TOOLS holds the programs of bench.mk, STATIC and DYNAMIC are builds of the
# function.  BENCH_RUNS is how often each program is started (30).
#
# Needs Node with npm, and zip.
#
# Three local clouds run the static, the dynamic and the Node function; the
# doors of the first are the stores that everybody connects to.
set -euo pipefail
cd "$(dirname "$0")/../.."

start_wait_s=60
tools=$1
local_cloud=$2
node_dir=$tools/node
programs=$tools/programs
static=$programs/static
dynamic=$programs/dynamic
dir=$(mktemp -d)
clouds=()

stop() {
    if [ ${#clouds[@]} -gt 0 ]; then
        kill "${clouds[@]}" 2>/dev/null || true
        wait "${clouds[@]}" || true
    fi
    rm -rf "$dir"
}
trap stop EXIT

need() {
    for program in "$@"; do
        if ! command -v "$program" >/dev/null; then
            echo "start.sh: the program $program is needed" >&2
            exit 1
        fi
    done
}

install_node() {
    mkdir -p "$node_dir"
    cp tests/bench/node/* "$node_dir/"
    if ! cmp -s "$node_dir/package-lock.json" "$node_dir/.lock-of-install"; then
        (cd "$node_dir" && npm ci --silent --omit=peer)
        cp "$node_dir/package-lock.json" "$node_dir/.lock-of-install"
    fi
}

# start_cloud NAME FUNCTION: its addresses will be in $dir/NAME.
start_cloud() {
    "$local_cloud" --port 0 --quiet --env-file "$dir/$1" --function "$2" \
        >"$dir/$1.log" 2>&1 &
    clouds+=($!)
}

# wait_for_cloud NAME
wait_for_cloud() {
    for ((i = 0; i < start_wait_s * 10; i++)); do
        if grep -qs '^ready' "$dir/$1.log"; then
            return
        fi
        if [ -z "$(jobs -pr)" ]; then
            break
        fi
        sleep 0.1
    done
    echo "start.sh: the local cloud does not start:" >&2
    cat "$dir/$1.log" >&2
    exit 1
}

# address CLOUD VARIABLE: with the number of the host, so that none looks it up.
address() {
    # shellcheck source=/dev/null
    (. "$dir/$1" && echo "${!2/localhost/127.0.0.1}")
}

need node npm zip
install_node
# All written in one go, as a package is unpacked: a linker writes in pieces,
# and the page cache keeps those, so that its file takes longer to start.
mkdir -p "$programs"
cp "$tools/floor" "$tools/handshakes" "$programs/"
cp "$3" "$static"
cp "$4" "$dynamic"
start_cloud static "$static"
start_cloud dynamic "$dynamic"
start_cloud node "$node_dir/bootstrap"
for name in static dynamic node; do
    wait_for_cloud "$name"
    export "BENCH_${name^^}_FUNCTION_URL=$(address "$name" FUNCTION_URL)"
    export "BENCH_${name^^}_CONTROL_URL=$(address "$name" CONTROL_URL)"
done

export BENCH_RUNS=${BENCH_RUNS:-30}
export BENCH_FLOOR=$programs/floor BENCH_HANDSHAKES=$programs/handshakes
export BENCH_STATIC=$static BENCH_DYNAMIC=$dynamic
export BENCH_NODE=$node_dir/bootstrap
BENCH_KV_URL=$(address static UPSTASH_REDIS_REST_URL_TLS)
BENCH_SQL_URL=$(address static SQL_URL_TLS)
BENCH_KV_TOKEN=$(address static UPSTASH_REDIS_REST_TOKEN)
BENCH_DATABASE_URL=$(address static NEON_CONNECTION_STRING)
BENCH_CA_FILE=$(address static CA_FILE)
BENCH_ZIP_BYTES=$(zip -q -9 -X -j - "$static" | wc -c)
export BENCH_KV_URL BENCH_SQL_URL BENCH_KV_TOKEN BENCH_DATABASE_URL
export BENCH_CA_FILE BENCH_ZIP_BYTES

echo "$BENCH_RUNS cold starts each, interleaved; $(nproc) processors, load" \
    "$(cut -d' ' -f1 /proc/loadavg) before."
echo
"$tools/start"
