#!/usr/bin/env bash
# Write the licences of all that is linked into the shipped binary:
#
#   deploy/release/licences.sh OUTDIR ARCH...
#
# What is linked is read from the linker's own list, build/ship-ARCH/bootstrap.map.
# Each library's text comes from where the library came from: curl.sh kept it, or
# the Debian package of the file has it.  A file of unknown origin is an error.
# OUTDIR/README.md gets a line for each library; common/ gets the licences that
# the texts name without quoting them.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."

die() {
    echo "licences.sh: $*" >&2
    exit 1
}

[ $# -ge 2 ] || die 'usage: licences.sh OUTDIR ARCH...'
out=$1
shift
command -v dpkg-query >/dev/null || die 'a release is packed on Debian'
mkdir -p "$out/common"

# linked MAP: the archives and objects that it names.
linked() {
    awk '/^LOAD .*\.o$/ { print $2 }
        /^[^ ]+\.a\([^ )]+\)( |$)/ { sub(/\(.*/, ""); print }' "$1" | sort -u
}

# keep NAME TEXT: both architectures must have the same one.
keep() {
    [ -s "$2" ] || die "$1 has no licence"
    [ -e "$out/$1.txt" ] || install -m 644 "$2" "$out/$1.txt"
    cmp "$2" "$out/$1.txt"
}

# row WHERE FILE NAME VERSION: a line of the table.
row() {
    echo "| $1 | \`$2\` | $3 $4 | [$3.txt]($3.txt) |"
}

# from_package WHERE FILE [SHOWN]
from_package() {
    local package

    package=$(dpkg-query --search "$(realpath "$2")" | cut -d: -f1) ||
        die "nobody knows where $2 comes from"
    keep "$package" "/usr/share/doc/$package/copyright"
    row "$1" "${3:-$(basename "$2")}" "$package" "$(dpkg-query -Wf '${Version}' "$package")"
}

rows() {
    local arch map deps file name version

    for arch; do
        map=build/ship-$arch/bootstrap.map deps=build/deps-$arch
        [ -s "$map" ] || die "$map is missing: make ARCH=$arch bootstrap"
        for file in $(linked "$map"); do
            case $file in
            "build/ship-$arch"/*.o | "$deps/lib/static.o") ;; # Bouncer's own
            "$deps"/*)
                read -r _ name version < <(grep "^$(basename "$file") " "$deps/licences/index") ||
                    die "curl.sh kept no licence of $file"
                keep "$name" "$deps/licences/$name.txt"
                row "$arch" "$(basename "$file")" "$name" "$version"
                ;;
            *) from_package "$arch" "$file" ;;
            esac
        done
    done
    from_package both /usr/share/ca-certificates/mozilla certs/
}

cp deploy/release/licences.md "$out/README.md"
rows "$@" >>"$out/README.md"
grep -ohE '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' "$out"/*.txt | sort -u |
    xargs install -m 644 -t "$out/common"
chmod 644 "$out/README.md"
