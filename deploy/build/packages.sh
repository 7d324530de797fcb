#!/usr/bin/env bash
# Install the packages that build the shipped binary:
#
#   deploy/build/packages.sh [ARCH]      x86_64 (as this machine, the default)
#                                        or arm64
#
# Names the missing ones and installs them, as root or through sudo. Where
# neither is possible it prints the command to run, and fails. Installed
# packages keep their versions. None of these packages has a service.
set -eu

arch=${1:-$(uname -m)}
[ "$arch" != aarch64 ] || arch=arm64
native=$(uname -m)
[ "$native" != aarch64 ] || native=arm64

case $arch in
x86_64) triplet=x86-64-linux-gnu libc=libc6-dev-amd64-cross ;;
arm64) triplet=aarch64-linux-gnu libc=libc6-dev-arm64-cross ;;
*)
    echo "packages.sh: unknown architecture '$arch' (x86_64 or arm64)" >&2
    exit 2
    ;;
esac

if command -v apt-get >/dev/null; then
    packages='gcc libc6-dev make patch dpkg-dev binutils'
    [ "$arch" = "$native" ] ||
        packages="$packages gcc-$triplet $libc qemu-user"
    installed() { [ "$(dpkg-query -Wf '${db:Status-Status}' "$1" 2>&1)" = installed ]; }
    install='apt-get install -y --no-install-recommends --no-upgrade'
elif command -v dnf >/dev/null; then
    packages='gcc glibc-static make patch perl binutils tar gzip'
    if [ "$arch" != "$native" ]; then
        echo "packages.sh: build $arch on an $arch machine here" >&2
        exit 1
    fi
    installed() { rpm -q --whatprovides "$1" >/dev/null; }
    install='dnf install -y --setopt=install_weak_deps=False'
else
    echo "packages.sh: neither apt-get nor dnf is here; install a C compiler," \
        "a static C library, make, patch and perl" >&2
    exit 1
fi

missing=
for package in $packages; do
    installed "$package" || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "packages.sh: everything for $arch is installed"
    exit 0
fi

echo "packages.sh: missing for $arch:$missing"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=sudo
else
    echo "packages.sh: not permitted to install; run as root: $install$missing"
    exit 1
fi
# Both lists are words to be split.
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive $install $missing
