#!/usr/bin/env bash
# Sell a limited drop, with the function and without:
#     tests/bench/drop.sh TOOLS LOCAL_CLOUD FUNCTION
# TOOLS holds the program drop.  In the environment, each with a default:
# DROP_BUYERS, DROP_TICKETS, DROP_INSTANCES, DROP_PATIENCE (seconds) and DROP_MS
# (how far away the database is, a list).  Prints Markdown, which stays in
# TOOLS/drop.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$1
local_cloud=$2
function=$3
logs=$tools/clouds
# shellcheck source=tests/support/cloud.sh
. tests/support/cloud.sh

# Each buyer is an open file.
ulimit -Sn "$(ulimit -Hn)"
# As in bench.sh.
export EVENT_PRECISE_TIMER=1

export DROP_BUYERS=${DROP_BUYERS:-1000} DROP_TICKETS=${DROP_TICKETS:-200}
export DROP_INSTANCES=${DROP_INSTANCES:-100} DROP_PATIENCE=${DROP_PATIENCE:-120}
export DROP_MS=${DROP_MS:-0 5 20 50}

# operation PERMITS: a purchase with so many; 0: without the word
operation() {
    local permits=
    [ "$1" = 0 ] || permits=", \"permits\": $1"
    cat <<EOF
 {"method": "POST", "path": "/permits/$1",
  "input": {"required": ["product_id", "buyer"],
            "properties": {
              "product_id": {"type": "integer", "minimum": 1},
              "quantity": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1},
              "buyer": {"type": "string", "minLength": 1, "maxLength": 200}}},
  "lock": {"name": "product:{product_id}", "fenced": true$permits},
  "idempotent": true,
  "call": "purchase",
  "outcomes": {"sold": {"status": 201}, "replayed": {"status": 200},
               "sold_out": {"status": 410, "title": "Sold out"},
               "unknown_product": {"status": 404, "title": "There is no such product"}}}
EOF
}

# operations PERMITS...: a file of them
operations() {
    local comma=
    echo '{"operations": ['
    for permits in "$@"; do
        echo "$comma"
        operation "$permits"
        comma=,
    done
    echo ']}'
}

mkdir -p "$tools/goods"
file=$PWD/$tools/goods/operations.json
DROP_PERMITS="1 8 32"
# shellcheck disable=SC2086
operations $DROP_PERMITS >"$file"
if ! "$function" check "$file" >/dev/null 2>&1; then
    DROP_PERMITS=0
    operations 0 >"$file"
    "$function" check "$file" >/dev/null
fi
export DROP_PERMITS

# One for each run: see drop.c.
cat >"$tools/goods/products.sql" <<EOF
INSERT INTO products (id, name, stock)
    SELECT 5000 + i, 'drop ' || i, $DROP_TICKETS FROM generate_series(0, 99) AS i;
EOF
enter_cloud drop "$function" --instances "$DROP_INSTANCES" \
    --clients "$DROP_BUYERS" --queue-s 120 --set "BOUNCER_OPERATIONS=$file" \
    --extra-sql "$tools/goods/products.sql"

{
    echo
    echo "A drop: $DROP_INSTANCES instances, $(nproc) processors, load" \
        "$(cut -d' ' -f1 /proc/loadavg) before."
    echo
    "$tools/drop"
} | tee "$tools/drop.md"
