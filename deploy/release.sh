#!/usr/bin/env bash
# Pack what somebody needs who builds nothing:
#
#   deploy/release.sh [OUTDIR]      default: build/release
#
# Writes OUTDIR/bouncer-VERSION.tar.gz, and SHA256SUMS beside it.  The archive is laid
# out as the repository is after `make vercel aws container`, so that the guide's lines
# run in both.  Needs what `make bootstrap` makes for both architectures, and
# build/certs; `make release` makes these first.
#
# The same input gives the same bytes: sorted names, fixed modes and owners, the
# time of the commit.
#
#   RELEASE=1.2             its version; default: what `git describe` says
#   SOURCE_DATE_EPOCH=N     default: the time of the commit
set -euo pipefail
export LC_ALL=C TZ=UTC
cd "$(dirname "$0")/.."

out=${1:-build/release}
version=${RELEASE:-$(git describe --tags --always --dirty)}
version=${version#v}
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack=$work/bouncer-$version
mkdir -p "$pack/build"

# No settings of whoever packs.
env -u REGIONS -u BOUNCER_LEASE_S deploy/vercel/output.sh \
    build/ship-x86_64/bootstrap build/certs x86_64 "$pack/.vercel/output"
for arch in arm64 x86_64; do
    deploy/aws/package.sh "build/ship-$arch/bootstrap" build/certs "$pack/build/bouncer-$arch.zip"
    ENGINE=none deploy/container/build.sh "build/ship-$arch/bootstrap" build/certs "$arch"
    cp -R "build/container-$arch" "$pack/build/"
done
cp --parents LICENSE deploy/README.md deploy/sale.md deploy/aws/template.yaml \
    deploy/database/*.sql function/README.md function/operations.json "$pack/"
cp -R --parents deploy/vercel/nextjs "$pack/"
rm "$pack/deploy/database/seed.sql" # the products of `make run`
cp deploy/release/README.md "$pack/"
deploy/release/licences.sh "$pack/licences" arm64 x86_64

(
    cd "$pack"
    find . -type f -printf '%P\0' | sort -z | xargs -0 sha256sum >"$work/SHA256SUMS"
    mv "$work/SHA256SUMS" .
)
mkdir -p "$out"
tar --create --directory "$work" --sort=name --format=ustar --mtime="@$epoch" \
    --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX "bouncer-$version" |
    gzip -9n >"$out/bouncer-$version.tar.gz"
(cd "$out" && sha256sum "bouncer-$version.tar.gz" >SHA256SUMS)
echo "release.sh: $out/bouncer-$version.tar.gz, $(stat -c %s "$out/bouncer-$version.tar.gz") bytes"
