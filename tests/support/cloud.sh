# Local clouds for a script, which sources this and sets
#     local_cloud=PROGRAM           what to start
#     logs=DIRECTORY                where each cloud writes NAME.log
# When the script ends its clouds are gone.  Whatever the function is to have in
# its environment is an option: start_cloud NAME FUNCTION --set NAME=VALUE
# shellcheck shell=bash disable=SC2154,SC2034

start_wait_s=120
cloud_dir=$(mktemp -d)
declare -A clouds=()

# stop_cloud NAME: and see that it has removed the file of its addresses
stop_cloud() {
    kill -TERM "${clouds[$1]}" 2>/dev/null || true
    wait "${clouds[$1]}" 2>/dev/null || true
    unset "clouds[$1]"
    [ ! -e "$cloud_dir/$1" ] || {
        echo "$0: the local cloud $1 left its env file behind" >&2
        return 1
    }
}

clean_up() {
    for name in "${!clouds[@]}"; do
        stop_cloud "$name" || true
    done
    rm -rf "$cloud_dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# start_cloud NAME FUNCTION [OPTION...]
start_cloud() {
    mkdir -p "$logs"
    : >"$logs/$1.log" # at once: wait_for_cloud must not read an older one
    "$local_cloud" --port 0 --quiet --verbose --env-file "$cloud_dir/$1" \
        --function "$2" "${@:3}" >"$logs/$1.log" 2>&1 &
    clouds[$1]=$!
}

# wait_for_cloud NAME: ends the script, with status 2, where it does not start
wait_for_cloud() {
    for ((i = 0; i < start_wait_s * 20; i++)); do
        if grep -qs '^ready' "$logs/$1.log"; then
            return
        fi
        kill -0 "${clouds[$1]}" 2>/dev/null || break
        sleep 0.05
    done
    echo "$0: the local cloud $1 does not start:" >&2
    cat "$logs/$1.log" >&2
    exit 2
}

# export_cloud NAME: its addresses, under the names of its env file
export_cloud() {
    # shellcheck source=/dev/null
    . "$cloud_dir/$1"
}

# enter_cloud NAME FUNCTION [OPTION...]: start it, and its addresses are ours
enter_cloud() {
    start_cloud "$@"
    wait_for_cloud "$1"
    export_cloud "$1"
}

# address NAME VARIABLE: with the host as a number, so that none looks it up
address() {
    (export_cloud "$1" && echo "${!2/\/localhost/\/127.0.0.1}")
}
