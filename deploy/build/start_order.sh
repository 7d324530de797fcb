#!/usr/bin/env bash
# Write start.ld, which tells the linker to put together what a start runs:
#
#   valgrind --tool=callgrind --dump-instr=yes --compress-pos=no \
#       --callgrind-out-file=OUT build/ship-x86_64/bootstrap.linked
#   deploy/build/start_order.sh OUT build/ship-x86_64/bootstrap.map \
#       >deploy/build/start.ld
#
# End the function when it asks for an event.  The linker's map says in which
# section of which object an executed address is.
set -euo pipefail
export LC_ALL=C

[ $# = 2 ] || {
    echo 'usage: start_order.sh CALLGRIND-OUT MAP' >&2
    exit 2
}

# ADDRESS ~ for what ran, ADDRESS SECTION FILE for what was linked.
addresses() {
    awk '/^0x/ { print substr("0000000000000000", length($1) - 1) substr($1, 3), "~" }' "$1"
    awk '/^Linker script and memory map/ { linked = 1 }
        linked && /^ \.text/ { name = $1; sub(/^ [^ ]+/, "") }
        NF == 3 && name && $2 != "0x0" { print substr($1, 3), name, $3 }
        NF { name = "" }' "$2"
}

# A library without a section for each function is named by object, and of
# glibc's functions for one processor all those for AVX.
patterns() {
    sed -E -e 's|^(\.text\S*) \S*/(crt\w+\.o)$|*\2(\1)|' \
        -e 's|^(\.text\S*) \S+/(lib\w+\.a)\((.*)\)$|*\2:\3(\1)|' \
        -e 's|^(\.text\.\S+) \S+$|*(\1)|' \
        -e 's|-avx\S*\.o|-?v*.o|; s|\(\.text(\.avx)?\)|(.text .text.*)|'
}

echo '/* Written by start_order.sh. */'
echo 'SECTIONS { .text.start : {'
# What runs where there is a vDSO or AVX-512: not in valgrind.
printf '*libc.a:%s.o(.text .text.*)\n' dl-lookup dl-object dl-setup_hash 'strstr-?v*'
addresses "$@" | sort |
    awk '$2 != "~" { section = $2 " " $3; next }
        section { print section; section = "" }' |
    patterns | sort -u
echo '} } INSERT BEFORE .text;'
cat <<'END'
SECTIONS { .rodata.start : {
build/ship-*.o(.rodata .rodata.*)
*libcurl.a:*.o(.rodata .rodata.*)
*libcjson.a:*.o(.rodata .rodata.*)
*libc.a:*.o(.rodata .rodata.*)
} } INSERT BEFORE .rodata;
END
