#!/bin/bash
# Gives any Ubuntu or Debian image what the server's entrypoint relies on: an allocator at a known place, root
# certificates, and a user that is not root. Ran once, while the image is built.
set -euo pipefail

apt-get update
# Ubuntu 18.04, under servers up to 2.11, has the allocator's older major version only.
allocator=libjemalloc2
apt-cache show "${allocator}" >/dev/null 2>&1 || allocator=libjemalloc1
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates "${allocator}"
rm -rf /var/lib/apt/lists/*

# The library's folder is named after the machine's architecture, so it is looked up and linked to one known place.
library="$(find /usr/lib -name 'libjemalloc.so.[12]' -print -quit)"
test -n "${library}"
ln -s "${library}" /usr/local/lib/libjemalloc.so

groupadd --gid 10501 tfserving
useradd --uid 10501 --gid 10501 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tfserving
