# What is measured and where, for start.sh and bench.sh, which source this
# behind tests/support/cloud.sh with the directory of the tools in $tools.
# shellcheck shell=bash disable=SC2154

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

# name_cloud CLOUD: wait for it, and export its addresses with its name
name_cloud() {
    wait_for_cloud "$1"
    for variable in FUNCTION_URL CONTROL_URL; do
        export "BENCH_${1^^}_$variable=$(address "$1" $variable)"
    done
    for variable in KV_URL KV_TOKEN; do
        export "BENCH_${1^^}_$variable=$(address "$1" "UPSTASH_REDIS_REST_${variable#KV_}")"
    done
}

# name_stores CLOUD: export the addresses of its doors as everybody's stores
name_stores() {
    BENCH_KV_URL=$(address "$1" UPSTASH_REDIS_REST_URL_TLS)
    BENCH_SQL_URL=$(address "$1" SQL_URL_TLS)
    BENCH_KV_TOKEN=$(address "$1" UPSTASH_REDIS_REST_TOKEN)
    BENCH_DATABASE_URL=$(address "$1" NEON_CONNECTION_STRING)
    BENCH_CA_FILE=$(address "$1" CA_FILE)
    export BENCH_KV_URL BENCH_SQL_URL BENCH_KV_TOKEN BENCH_DATABASE_URL
    export BENCH_CA_FILE
}
