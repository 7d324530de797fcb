#!/bin/bash
# A function for the local cloud: starts /var/task/bootstrap in the directory
# CHROOT, as nobody in particular.  The local cloud's authority takes the place
# of the public ones, found by its hash in certs/ beside the binary; the stores
# are called by name, which only /etc/hosts in there can resolve.
set -euo pipefail

certs=$CHROOT/var/task/certs
hash=$(openssl x509 -in "$BOUNCER_CA_FILE" -noout -subject_hash)
install -m 644 "$BOUNCER_CA_FILE" "$certs/$hash.0"
unset BOUNCER_CA_FILE
export UPSTASH_REDIS_REST_URL=${UPSTASH_REDIS_REST_URL/127.0.0.1/localhost}
export BOUNCER_SQL_URL=${BOUNCER_SQL_URL/127.0.0.1/localhost}
PATH=$PATH:/usr/sbin:/sbin
exec chroot --userspec=65532:65532 "$CHROOT" /var/task/bootstrap
