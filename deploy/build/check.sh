#!/usr/bin/env bash
# Check that the shipped binary is what it must be:
#
#   deploy/build/check.sh build/ship-x86_64/bootstrap
#
# That is one static ELF file, stripped, without an executable stack, with
# read-only relocations, and without glibc's name service (bootstrap.debug
# beside it has the symbols).
#
# check() calls the functions below by name:
# shellcheck disable=SC2317
set -eu

[ $# = 1 ] || {
    echo 'usage: check.sh BOOTSTRAP' >&2
    exit 2
}
binary=$1
failed=0
headers=$(readelf -lW "$binary")

check()
{
    if "${@:2}"; then
        echo "ok: $1"
    else
        echo "FAILED: $1"
        failed=1
    fi
}

lacks_segment() { ! grep -qE "^ +$1 " <<<"$headers"; }
has_relro() { grep -q '^ *GNU_RELRO ' <<<"$headers"; }
stack_is_plain() { grep -qE '^ *GNU_STACK .* RW +0x' <<<"$headers"; }
is_stripped() { ! readelf -SW "$binary" | grep -q '\.symtab'; }
has_build_id() { readelf -nW "$binary" | grep -q 'Build ID'; }
has_no_name_service()
{
    ! nm "$binary.debug" |
        grep -E ' [TtWw] (getaddrinfo|gethostby.*|getservby.*|_?_nss_.*)$'
}

check 'no dynamic linker is asked for' lacks_segment INTERP
check 'nothing is linked dynamically' lacks_segment DYNAMIC
check 'relocated tables are read-only' has_relro
check 'the stack is not executable' stack_is_plain
check 'stripped' is_stripped
check 'a build id names the debug file' has_build_id
check 'no name service of glibc' has_no_name_service
exit $failed
