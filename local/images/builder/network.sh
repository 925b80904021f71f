#!/bin/sh
# What CodeBuild gives a build from outside: a resolver, and the address at which the role's credentials are.
set -eu
# shellcheck source=/dev/null
. /etc/rehearsal/machine.env

# Docker's own resolver answers on a loopback address, which the build's containers could not reach.
printf 'nameserver %s\n' "$REHEARSAL_RESOLVER" >/etc/resolv.conf

ip link set lo up
ip address replace 169.254.170.2/32 dev lo
