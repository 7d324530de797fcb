#!/usr/bin/env bash
# Write start.ld, which tells the linker to put what a start needs together, in
# the order in which it is needed first:
#
#   valgrind --tool=lackey --trace-mem=yes --log-file=LOG \
#       build/ship-x86_64/bootstrap.linked
#   deploy/build/start_order.sh LOG build/ship-x86_64/bootstrap.map \
#       >deploy/build/start.ld
#
# End the function when it asks for an event.  The log has each address that was
# executed or read, and the linker's map which section of which object is there.
set -euo pipefail
export LC_ALL=C

[ $# = 2 ] || {
    echo 'usage: start_order.sh LOG MAP' >&2
    exit 2
}

# ADDRESS ~ and when, for what was needed; ADDRESS SECTION FILE for what was
# linked.
addresses() {
    awk '/^(I| [LSM]) / {
            sub(/,.*/, "", $2)
            if (!seen[$2]++)
                print substr("0000000000000000", length($2) + 1) $2, "~", NR
        }' "$1"
    awk '/^Linker script and memory map/ { linked = 1 }
        linked && /^ \.[^ ]/ { name = $1; sub(/^ [^ ]+/, "") }
        NF == 3 && name && $2 != "0x0" { print substr($1, 3), name, $3 }
        NF { name = "" }' "$2"
}

# Sections of KIND, as "SECTION FILE", by when each was needed first.  Texts that
# the linker merges have no place of their own.
needed() {
    addresses "${@:2}" | sort | awk -v kind="^\\.$1(\\.|\$)" '
        $2 != "~" { section = $2 " " $3; wanted = $2 ~ kind; next }
        wanted && section !~ /^\.rodata\.(str|cst)/ {
            if (!(section in first) || $3 < first[section])
                first[section] = $3
        }
        END { for (section in first) print first[section], section }' |
        sort -n | cut -d' ' -f2- | patterns | awk '!seen[$0]++'
}

# A library without a section for each function is named by object, and of
# glibc's functions for one processor all those for AVX.
patterns() {
    sed -nE -e 's|^(\.text\S*) \S*/(crt\w+\.o)$|*\2(\1)|' \
        -e 's|^(\.\S+) \S+/(lib\w+\.a)\((.*)\)$|*\2:\3(\1)|' \
        -e 's|^(\.\w+\.\S+) \S+$|*(\1)|' \
        -e 's|-avx\S*\.o|-?v*.o|; s|\(\.text(\.avx)?\)|(.text .text.*)|' \
        -e '/^\*/p'
}

echo '/* Written by start_order.sh. */'
echo 'SECTIONS { .text.start : {'
# What runs where there is a vDSO or AVX-512: not in valgrind.
printf '*libc.a:%s.o(.text .text.*)\n' dl-lookup dl-object dl-setup_hash 'strstr-?v*'
needed text "$@"
echo '} } INSERT BEFORE .text;'
echo 'SECTIONS { .rodata.start : {'
needed rodata "$@"
cat <<'END'
build/ship-*.o(.rodata .rodata.*)
*libcurl.a:*.o(.rodata .rodata.*)
*libcjson.a:*.o(.rodata .rodata.*)
*libc.a:*.o(.rodata .rodata.*)
} } INSERT BEFORE .rodata;
END
