#!/bin/sh
# What EC2 gives a machine from outside: a resolver, and the metadata service on its link-local address.
set -eu
# shellcheck source=/dev/null
. /etc/rehearsal/machine.env

# Docker's own resolver answers on a loopback address, which the machine's containers could not reach.
printf 'nameserver %s\n' "$REHEARSAL_RESOLVER" >/etc/resolv.conf

ip link set lo up
ip address replace 169.254.169.254/32 dev lo

# A hop limit of one keeps containers on a bridge away from the metadata service.
if [ "$REHEARSAL_HOP_LIMIT" = 1 ]; then
    iptables -C INPUT -d 169.254.169.254 ! -i lo -j DROP 2>/dev/null || iptables -I INPUT -d 169.254.169.254 ! -i lo -j DROP
fi
exec python3 /usr/local/lib/rehearsal/metadata.py
