#!/usr/bin/env bash
# Write the package for AWS Lambda: the binary, its operations.json (which lies
# beside it) and its certificates.
#
#   deploy/aws/package.sh BOOTSTRAP CERTS ZIP
#
# The same input gives the same bytes: sorted names, fixed modes and times, no
# owners.
set -euo pipefail
# zip writes the local time.
export TZ=UTC LC_ALL=C

# Our own budget; AWS allows far more.
max_bytes=$((3 * 1024 * 1024))

[ $# = 3 ] || {
    echo 'usage: package.sh BOOTSTRAP CERTS ZIP' >&2
    exit 2
}
command -v zip >/dev/null || {
    echo 'package.sh: install the zip command' >&2
    exit 1
}
mkdir -p "$(dirname "$3")"
zip=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/certs"
install -m 755 "$1" "$work/bootstrap"
install -m 644 "$(dirname "$1")/operations.json" "$work/"
install -m 644 "$2"/* "$work/certs/"
cd "$work"
find . -exec touch -d 1980-01-01T00:00:00Z {} +
rm -f "$zip"
printf '%s\n' bootstrap operations.json certs/* | zip -q -9 -X -D -@ "$zip"

bytes=$(stat -c %s "$zip")
if [ "$bytes" -gt "$max_bytes" ]; then
    echo "package.sh: $zip is too large: $bytes bytes, at most $max_bytes" >&2
    exit 1
fi
echo "package.sh: $zip, $bytes bytes, sha256 $(sha256sum "$zip" | cut -d' ' -f1)"
