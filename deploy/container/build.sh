#!/usr/bin/env bash
# Build the image with podman, buildah or docker, whichever is installed:
#
#   deploy/container/build.sh BOOTSTRAP CERTS ARCH
#
# ENGINE chooses one of them, or none, and TAG=bouncer:latest names the image.  The
# build context stays in build/container-ARCH.
set -euo pipefail
cd "$(dirname "$0")/../.."

bootstrap=$1 certs=$2 arch=$3
context=build/container-$arch
tag=${TAG:-bouncer:latest}

rm -rf "$context"
mkdir -p "$context/certs"
install -m 755 "$bootstrap" "$context/bootstrap"
install -m 644 "$(dirname "$bootstrap")/operations.json" "$context/"
install -m 644 "$certs"/* "$context/certs/"
cp deploy/container/Containerfile "$context/"
# Two builds would differ in nothing but these times.
find "$context" -exec touch -d 1980-01-01T00:00:00Z {} +

engine=${ENGINE:-}
for candidate in podman buildah docker; do
    if [ -z "$engine" ] && command -v "$candidate" >/dev/null; then
        engine=$candidate
    fi
done
platform=linux/${arch/x86_64/amd64}
case $engine in
none) ;;
podman) podman build --platform "$platform" --timestamp 315532800 -t "$tag" -f "$context/Containerfile" "$context" ;;
buildah) buildah bud --platform "$platform" --timestamp 315532800 -t "$tag" -f "$context/Containerfile" "$context" ;;
docker) docker build --platform "$platform" -t "$tag" -f "$context/Containerfile" "$context" ;;
'')
    echo "build.sh: neither podman, buildah nor docker is installed." \
        "$context is ready; on a machine that has one run:" >&2
    echo "    podman build --platform $platform -t $tag $context" >&2
    exit 1
    ;;
*)
    echo "build.sh: unknown engine '$engine' (podman, buildah, docker or none)" >&2
    exit 2
    ;;
esac
