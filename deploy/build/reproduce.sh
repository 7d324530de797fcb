#!/usr/bin/env bash
# Build the committed tree twice, libraries included, in two directories with
# different names, and compare the bytes:
#
#   deploy/build/reproduce.sh [ARCH]
set -eu

arch=${1:-$(uname -m)}
[ "$arch" != aarch64 ] || arch=arm64
root=$(git rev-parse --show-toplevel)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for place in one another/longer; do
    mkdir -p "$work/$place"
    git -C "$root" archive HEAD | tar -x -C "$work/$place"
    make -C "$work/$place" ARCH="$arch" "build/ship-$arch/bootstrap"
done
for file in bootstrap bootstrap.debug; do
    cmp "$work/one/build/ship-$arch/$file" \
        "$work/another/longer/build/ship-$arch/$file"
done
sha256sum "$work/one/build/ship-$arch/bootstrap" | cut -d' ' -f1
