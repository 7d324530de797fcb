#!/usr/bin/env bash
# Write .vercel/output, a deployment in Vercel's Build Output API (version 3):
#
#   deploy/vercel/output.sh BOOTSTRAP CERTS ARCH [OUTDIR]
#
# OUTDIR is .vercel/output unless named.  operations.json lies beside BOOTSTRAP.
#
# Source: Vercel's documentation, "Build Output Configuration" and "Vercel
# Primitives".  One function, api.func, gets every request below /api with the
# path that the client asked for; static/ answers the rest.
#
#   REGIONS="fra1"       where the function runs (default: the project's settings)
#   BOUNCER_LEASE_S=20   the function's lease, if you set it (default: 10)
set -euo pipefail
cd "$(dirname "$0")/../.."

# The platform must not end an invocation before its lease ends.
max_duration_s=$((${BOUNCER_LEASE_S:-10} + 5))

bootstrap=$1 certs=$2 arch=$3
out=${4:-.vercel/output}
function=$out/functions/api.func

rm -rf "$out"
mkdir -p "$function/certs"
install -m 755 "$bootstrap" "$function/bootstrap"
install -m 644 "$(dirname "$bootstrap")/operations.json" "$function/"
install -m 644 "$certs"/* "$function/certs/"
install -m 644 deploy/vercel/config.json "$out/config.json"
cp -R deploy/vercel/static "$out/static"

regions=
for region in ${REGIONS:-}; do
    regions+="${regions:+, }\"$region\""
done
cat >"$function/.vc-config.json" <<END
{
  "runtime": "provided.al2023",
  "handler": "bootstrap",
  "architecture": "$arch",
  "maxDuration": $max_duration_s,${regions:+
  \"regions\": [$regions],}
  "environment": {},
  "supportsWrapper": true
}
END
echo "output.sh: $out is ready ($arch)"
