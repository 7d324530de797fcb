#!/usr/bin/env bash
# Write the certificates that ship beside the binary:
#
#   deploy/certificates.sh OUTDIR
#
# Each authority has one file, named by the hash of its subject as `openssl
# rehash` names it (4042bcee.0), so that OpenSSL reads the one it needs and not
# the whole bundle.  The files are plain, no links: every platform unpacks them.
#
# The authorities are those of Mozilla's programme in this machine's
# ca-certificates package.  What an administrator or a company added to the
# machine does not ship.  On other systems than Debian the machine's bundle is
# taken, and nothing tells in it what was added.
#
#   CERTIFICATES_FROM=FILE...   PEM files to take instead
#
# The same input gives the same files.  A second call with nothing changed
# returns at once.
set -euo pipefail
shopt -s nullglob
export LC_ALL=C

# Fewer are no set of authorities but a mistake.
at_least=50

die() {
    echo "certificates.sh: $*" >&2
    exit 1
}

[ $# = 1 ] || die 'usage: certificates.sh OUTDIR'
out=$1
command -v openssl >/dev/null || die 'install the openssl command'

if [ -n "${CERTIFICATES_FROM:-}" ]; then
    # A list of words.
    # shellcheck disable=SC2206
    sources=($CERTIFICATES_FROM)
else
    sources=(/usr/share/ca-certificates/mozilla/*.crt)
    [ ${#sources[@]} -gt 0 ] || sources=(/etc/pki/tls/certs/ca-bundle.crt)
fi
[ -r "${sources[0]}" ] || die 'no certificates here: install ca-certificates'

key=$(cat "$0" "${sources[@]}" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$out.key" 2>/dev/null)" = "$key" ]; then
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/one" "$work/certs"
awk -v dir="$work/one" '
    /^-----BEGIN CERTIFICATE-----/ { file = sprintf("%s/%05d", dir, ++count) }
    file { print > file }
    /^-----END CERTIFICATE-----/ { close(file); file = "" }
' "${sources[@]}"

# "HASH FINGERPRINT FILE", sorted, so that authorities with the same hash get the
# same numbers everywhere.  Duplicates are dropped.
for file in "$work"/one/*; do
    openssl x509 -in "$file" -noout -subject_hash -fingerprint -sha256 |
        tr '\n' ' '
    echo "$file"
done | sort -u -k1,3 >"$work/list"

last=
number=0
while read -r hash _ _ file; do
    if [ "$hash" = "$last" ]; then
        number=$((number + 1))
    else
        number=0
    fi
    last=$hash
    openssl x509 -in "$file" -out "$work/certs/$hash.$number"
done <"$work/list"

count=$(find "$work/certs" -type f | wc -l)
[ "$count" -ge "$at_least" ] || die "only $count certificates in ${sources[*]}"
chmod 755 "$work/certs"
chmod 644 "$work"/certs/*
mkdir -p "$(dirname "$out")"
rm -rf "$out" "$out.key"
cp -R "$work/certs" "$out"
echo "$key" >"$out.key"
echo "certificates.sh: $count authorities in $out"
