# Local clouds for start.sh and bench.sh, which source this with the directory
# of the tools in $tools and the local cloud in $local_cloud.
# shellcheck shell=bash disable=SC2154

start_wait_s=60
dir=$(mktemp -d)
clouds=()
declare -A cloud_pids=()

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
            echo "$0: the program $program is needed" >&2
            exit 1
        fi
    done
}

# Leaves the Node function in $tools/node.
install_node() {
    node_dir=$tools/node
    mkdir -p "$node_dir"
    cp tests/bench/node/* "$node_dir/"
    if ! cmp -s "$node_dir/package-lock.json" "$node_dir/.lock-of-install"; then
        (cd "$node_dir" && npm ci --silent --omit=peer)
        cp "$node_dir/package-lock.json" "$node_dir/.lock-of-install"
    fi
}

# start_cloud NAME FUNCTION [OPTION...]: its addresses will be in $dir/NAME.
start_cloud() {
    "$local_cloud" --port 0 --quiet --env-file "$dir/$1" --function "$2" \
        "${@:3}" >"$dir/$1.log" 2>&1 &
    clouds+=($!)
    cloud_pids[$1]=$!
}

# wait_for_cloud NAME
wait_for_cloud() {
    for ((i = 0; i < start_wait_s * 10; i++)); do
        if grep -qs '^ready' "$dir/$1.log"; then
            return
        fi
        kill -0 "${cloud_pids[$1]}" 2>/dev/null || break
        sleep 0.1
    done
    echo "$0: the local cloud does not start:" >&2
    cat "$dir/$1.log" >&2
    exit 1
}

# address CLOUD VARIABLE: with the number of the host, so that none looks it up.
address() {
    # shellcheck source=/dev/null
    (. "$dir/$1" && echo "${!2/\/localhost/\/127.0.0.1}")
}

# name_stores CLOUD: export the addresses of its doors as everybody's stores.
name_stores() {
    BENCH_KV_URL=$(address "$1" UPSTASH_REDIS_REST_URL_TLS)
    BENCH_SQL_URL=$(address "$1" SQL_URL_TLS)
    BENCH_KV_TOKEN=$(address "$1" UPSTASH_REDIS_REST_TOKEN)
    BENCH_DATABASE_URL=$(address "$1" NEON_CONNECTION_STRING)
    BENCH_CA_FILE=$(address "$1" CA_FILE)
    export BENCH_KV_URL BENCH_SQL_URL BENCH_KV_TOKEN BENCH_DATABASE_URL
    export BENCH_CA_FILE
}
