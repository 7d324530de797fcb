#!/usr/bin/env bash
# Build the static libraries of the shipped binary.  libcurl is cut down to
# HTTP/1.1 over TLS, with names resolved by c-ares.
#
#   deploy/build/curl.sh ARCH OUTDIR        ARCH is x86_64 or arm64
#
# Leaves in OUTDIR: include/, lib/, and the one-line files `cflags` and `libs`
# with all flags to compile and link against them.  Their paths begin with
# OUTDIR as it was given.  licences/ has the licence of each project, NAME.txt,
# and a line "ARCHIVE NAME VERSION" in `index` for each archive in lib/.  A second call with nothing changed returns at once;
# `rm -r OUTDIR` starts over.
#
# Where there is apt, the sources of curl and cJSON and the static OpenSSL and
# c-ares are the distribution's own, with its security patches.  The script
# fetches them with package lists of its own: it touches neither the machine's
# apt configuration nor its packages, and needs no rights.  Elsewhere it builds
# all four from their projects' releases, pinned by hash.
#
#   BOUNCER_FROM=apt|releases   overrides that choice
#   BOUNCER_RELEASES=DIR        keeps downloaded releases, or has them already
#   JOBS=N                      compilers at once (default: one per processor)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=
export SOURCE_DATE_EPOCH=0

die()
{
    echo "curl.sh: $*" >&2
    exit 1
}

step()
{
    echo "curl.sh: $*" >&2
}

# Run a command whose output matters only if it fails.
quietly()
{
    local log=$work/log

    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die "failed: $*"
    fi
}

# keep_licence NAME VERSION TEXT ARCHIVE...: of what the archives hold.
keep_licence()
{
    mkdir -p "$new/licences"
    cp "$3" "$new/licences/$1.txt"
    printf "%s $1 $2\n" "${@:4}" >>"$new/licences/index"
}

# ---- what is built ----

# curl's protocols, features and libraries that an instance has no use for.
# The proxy code stays: without it libcurl refuses CURLOPT_PROXY, and http.c
# sets that so that no environment variable can name a proxy.
curl_without="ftp file ldap ldaps rtsp dict telnet tftp pop3 imap smb smtp
    gopher mqtt ipfs manual libcurl-option cookies netrc alt-svc
    hsts progress-meter doh mime form-api dateparse crypto-auth basic-auth
    bearer-auth digest-auth kerberos-auth negotiate-auth aws ntlm tls-srp
    unix-sockets verbose get-easy-options headers-api websockets
    openssl-auto-load-config socketpair symbol-hiding docs"
curl_alone="zlib brotli zstd libpsl libidn2 nghttp2 librtmp libssh2 libgsasl
    gssapi ca-path"
# Where the machines of provided.al2023 keep their certificates.
ca_bundle=/etc/pki/tls/certs/ca-bundle.crt

# Features of OpenSSL that TLS 1.2 and 1.3 to a public server never needs.
openssl_without="shared dso engine legacy module tests apps docs ssl3 tls1
    tls1_1 dtls comp psk srp srtp gost cms ts cmp ct ocsp nextprotoneg
    autoload-config async aria bf blake2 camellia cast dsa idea md4 mdc2 ocb
    rc2 rc4 rmd160 scrypt seed siphash siv sm2 sm3 sm4 whirlpool ec2m rfc3779
    ui-console"

# The library calls that static.c replaces.
wrapped="getaddrinfo freeaddrinfo getnameinfo gethostbyname getservbyname
    getservbyport_r ares_init_options dlopen OPENSSL_cpuid_setup OPENSSL_init_crypto
    OPENSSL_init_ssl ERR_error_string_n Curl_tls_keylog_open Curl_dyn_vprintf
    curl_maprintf curl_mvsnprintf curl_msnprintf"

compile_flags='-O2 -ffunction-sections -fdata-sections -fno-pie'
compile_flags+=' -fstack-protector-strong -D_FORTIFY_SOURCE=2'

# ---- the releases, for where there is no apt ----

curl_release=curl-8.21.0.tar.gz
curl_url=https://curl.se/download/$curl_release
curl_sha256=d9b327997999045a24cda50f3983e69e51c516bd8be6ef9842fc7f99135e33bb

openssl_release=openssl-3.5.7.tar.gz
openssl_url=https://github.com/openssl/openssl/releases/download/openssl-3.5.7/$openssl_release
openssl_sha256=a8c0d28a529ca480f9f36cf5792e2cd21984552a3c8e4aa11a24aa31aeac98e8

cares_release=c-ares-1.34.5.tar.gz
cares_url=https://github.com/c-ares/c-ares/releases/download/v1.34.5/$cares_release
cares_sha256=7d935790e9af081c25c495fd13c2cfcda4792983418e96358ef6e7320ee06346

cjson_release=cJSON-1.7.19.tar.gz
cjson_url=https://github.com/DaveGamble/cJSON/archive/refs/tags/v1.7.19.tar.gz
cjson_sha256=7fa616e3046edfa7a28a32d5f9eacfd23f92900fe1f8ccd988c1662f30454562

# ---- the machine ----

choose_compiler()
{
    local native

    native=$(uname -m)
    [ "$native" != aarch64 ] || native=arm64
    case $arch in
    x86_64) triplet=x86_64-linux-gnu debian=amd64 ;;
    arm64) triplet=aarch64-linux-gnu debian=arm64 ;;
    *) die "unknown architecture '$arch' (x86_64 or arm64)" ;;
    esac
    prefix=
    [ "$arch" = "$native" ] || prefix=$triplet-
    cc=${prefix}gcc
    command -v "$cc" >/dev/null ||
        die "$cc is not installed; run: $here/packages.sh $arch"
}

choose_origin()
{
    if [ -n "${BOUNCER_FROM:-}" ]; then
        origin=$BOUNCER_FROM
    elif command -v apt-get >/dev/null && command -v dpkg-source >/dev/null; then
        origin=apt
    else
        origin=releases
    fi
}

# The versions that the machine's own package lists offer: a security update
# that they know of makes a new build.
offered_versions()
{
    [ "$origin" = apt ] || return 0
    apt-cache policy libcurl4-openssl-dev libssl-dev libc-ares-dev \
        libcjson-dev 2>/dev/null | grep -E '^[a-z]|Candidate'
}

inputs()
{
    echo "$arch $outdir $origin"
    cat "$here/curl.sh" "$here/static.c" "$here/"*.patch
    "$cc" --version
    offered_versions
}

# ---- from the distribution ----

# Package lists of our own, for the architecture that is built for.
open_apt()
{
    local keyring lines

    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
    # apt expands these fields, not the shell.
    # shellcheck disable=SC2016
    lines=$(apt-get indextargets \
        --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' | grep -E '^(Debian|Ubuntu) ' | sort -u || true)
    [ -n "$lines" ] ||
        die 'the machine has no package lists; run: apt-get update'
    while read -r vendor uri suite component; do
        keyring=/usr/share/keyrings/${vendor,,}-archive-keyring.gpg
        [ -r "$keyring" ] && keyring="signed-by=$keyring" || keyring=
        echo "deb [arch=$debian $keyring] $uri $suite $component"
        echo "deb-src [$keyring] $uri $suite $component" |
            sed 's/ \[\]//'
    done <<<"$lines" >"$work/apt/sources.list"
    : >"$work/apt/status"
    apt_options=(-qq
        -o "Dir::Etc::SourceList=$work/apt/sources.list"
        -o "Dir::Etc::SourceParts=/dev/null"
        -o "Dir::State::Lists=$work/apt/lists"
        -o "Dir::State::Status=$work/apt/status"
        -o "Dir::Cache=$work/apt/cache"
        -o "APT::Architecture=$debian"
        -o "APT::Architectures=$debian"
        -o "APT::Sandbox::User=$(id -un)")
    quietly apt-get "${apt_options[@]}" update
}

source_version()
{
    dpkg-parsechangelog -l "$work/$1/debian/changelog" -S Version
}

take_from_apt()
{
    step "fetching the distribution's sources and static libraries"
    open_apt
    (
        cd "$work"
        quietly apt-get "${apt_options[@]}" source --download-only curl cjson
        quietly apt-get "${apt_options[@]}" download libssl-dev libc-ares-dev
        quietly dpkg-source --no-check -x curl_*.dsc curl
        quietly dpkg-source --no-check -x cjson_*.dsc cjson
        for package in *.deb; do
            quietly dpkg-deb -x "$package" root
        done
    )
    mkdir -p "$new/include" "$new/lib"
    cp -R "$work/root/usr/include/openssl" "$new/include/"
    cp -R "$work/root/usr/include/$triplet/." "$new/include/"
    cp "$work/root/usr/include/"ares*.h "$new/include/"
    cp "$work/root/usr/lib/$triplet/"lib{ssl,crypto,cares}.a "$new/lib/"
    keep_licence curl "$(source_version curl)" "$work/curl/debian/copyright" libcurl.a
    keep_licence cjson "$(source_version cjson)" "$work/cjson/debian/copyright" libcjson.a
    keep_licence openssl "$(dpkg-deb -f "$work"/libssl-dev_*.deb Version)" \
        "$work/root/usr/share/doc/libssl-dev/copyright" libssl.a libcrypto.a
    keep_licence c-ares "$(dpkg-deb -f "$work"/libc-ares-dev_*.deb Version)" \
        "$work/root/usr/share/doc/libc-ares-dev/copyright" libcares.a
}

# ---- from the projects' releases ----

unpack_release()
{
    local name=$1 file=$2 url=$3 sha256=$4 store

    store=${BOUNCER_RELEASES:-$work}
    mkdir -p "$store"
    if [ ! -e "$store/$file" ]; then
        step "fetching $url"
        curl -fsSL --proto '=https' --max-time 600 -o "$store/$file.part" "$url"
        mv "$store/$file.part" "$store/$file"
    fi
    echo "$sha256  $store/$file" | sha256sum --check --quiet ||
        die "$store/$file is not the release that was expected"
    mkdir -p "$work/$name"
    tar -xf "$store/$file" -C "$work/$name" --strip-components=1
}

build_openssl()
{
    local target=linux-x86_64

    [ "$arch" = x86_64 ] || target=linux-aarch64
    step 'building OpenSSL'
    cd "$work/openssl"
    # OpenSSL keeps its prefix and the time in the library: both are constant.
    # The lists are words to be split, here and below.
    # shellcheck disable=SC2046,SC2086
    quietly ./Configure $target --prefix=/nonexistent --libdir=lib \
        --openssldir=/nonexistent ${prefix:+--cross-compile-prefix=$prefix} \
        $(printf 'no-%s ' $openssl_without) $compile_flags
    quietly make -j"$jobs" build_libs
    quietly make DESTDIR="$work/stage" install_dev
    mkdir -p "$new"
    cp -R "$work/stage/nonexistent/." "$new/"
}

build_cares()
{
    step 'building c-ares'
    cd "$work/cares"
    quietly ./configure --host=$triplet --prefix="$new" --disable-shared \
        --enable-static --disable-tests --disable-cares-threads \
        CC="$cc" CFLAGS="$compile_flags" LDFLAGS=-no-pie
    quietly make -j"$jobs" install
}

# release_version c-ares-1.34.5.tar.gz: 1.34.5
release_version()
{
    basename "${1##*-}" .tar.gz
}

take_from_releases()
{
    command -v curl >/dev/null || [ -n "${BOUNCER_RELEASES:-}" ] ||
        die 'the curl command is needed to fetch the releases'
    unpack_release curl "$curl_release" "$curl_url" "$curl_sha256"
    unpack_release openssl "$openssl_release" "$openssl_url" "$openssl_sha256"
    unpack_release cares "$cares_release" "$cares_url" "$cares_sha256"
    unpack_release cjson "$cjson_release" "$cjson_url" "$cjson_sha256"
    (build_openssl)
    (build_cares)
    keep_licence curl "$(release_version $curl_release)" "$work/curl/COPYING" libcurl.a
    keep_licence cjson "$(release_version $cjson_release)" "$work/cjson/LICENSE" libcjson.a
    keep_licence openssl "$(release_version $openssl_release)" \
        "$work/openssl/LICENSE.txt" libssl.a libcrypto.a
    keep_licence c-ares "$(release_version $cares_release)" \
        "$work/cares/LICENSE.md" libcares.a
}

# ---- built here in either case ----

build_curl()
{
    step 'building libcurl'
    cd "$work/curl"
    # curl 8.14 and later need neither patch.
    if grep -q 'Curl_resolver_init' lib/asyn-ares.c; then
        quietly patch -p1 -i "$here/lazy-resolver.patch"
        quietly patch -p1 -i "$here/quick-resolver.patch"
    fi
    # shellcheck disable=SC2046,SC2086
    quietly env PKG_CONFIG=false ./configure --host=$triplet --prefix="$new" \
        --disable-shared --enable-static --disable-dependency-tracking \
        --with-openssl="$new" --enable-ares="$new" \
        $(printf -- '--disable-%s ' $curl_without) \
        $(printf -- '--without-%s ' $curl_alone) --with-ca-bundle=$ca_bundle \
        CC="$cc" CFLAGS="$compile_flags" LDFLAGS=-no-pie
    quietly make -j"$jobs" -C lib install
    quietly make -C include install
}

build_cjson()
{
    mkdir -p "$new/include/cjson"
    cp "$work/cjson/cJSON.h" "$new/include/cjson/"
    cd "$work/cjson"
    # shellcheck disable=SC2086
    quietly "$cc" $compile_flags -c cJSON.c -o cJSON.o
    quietly "${prefix}ar" crD "$new/lib/libcjson.a" cJSON.o
}

build_static()
{
    cd "$here"
    # shellcheck disable=SC2086
    quietly "$cc" -std=c17 -Wall -Wextra -Werror $compile_flags \
        -I"$new/include" -c static.c -o "$new/lib/static.o"
}

# ---- OUTDIR ----

# The libraries know each other in circles, so they are one group.
write_flags()
{
    local libs

    libs=$(for name in curl ssl crypto cares cjson; do
        printf ' %s/lib/lib%s.a' "$outdir" $name
    done)
    echo "-isystem $outdir/include -DCURL_STATICLIB" >"$new/cflags"
    # shellcheck disable=SC2086
    echo "$(printf -- '-Wl,--wrap=%s ' $wrapped)$outdir/lib/static.o" \
        "-Wl,--start-group$libs -Wl,--end-group -pthread -lm" >"$new/libs"
}

main()
{
    [ $# = 2 ] || die 'usage: curl.sh ARCH OUTDIR'
    arch=$1 outdir=${2%/}
    [ "$arch" != aarch64 ] || arch=arm64
    jobs=${JOBS:-$(nproc)}

    choose_compiler
    choose_origin
    key=$(inputs | sha256sum | cut -d' ' -f1)
    if [ "$(cat "$outdir/key" 2>/dev/null)" = "$key" ]; then
        # make compares times: what is up to date must look so.
        touch "$outdir/cflags" "$outdir/libs"
        return
    fi

    mkdir -p "$(dirname "$outdir")"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    new=$work/new
    case $origin in
    apt) take_from_apt ;;
    releases) take_from_releases ;;
    *) die "unknown BOUNCER_FROM '$origin' (apt or releases)" ;;
    esac
    (build_curl)
    (build_cjson)
    (build_static)
    (cd "$new" && rm -rf share bin lib/pkgconfig lib/cmake lib/*.la)
    write_flags
    echo "$key" >"$new/key"
    rm -rf "$outdir"
    cp -R "$new" "$outdir"
    step "$outdir is ready"
}

main "$@"
