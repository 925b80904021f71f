#!/bin/sh
# Starts the compose project beside this script; running it again is harmless.
set -eu
cd "$(dirname "$0")"
export DOCKER_CONFIG="$PWD/docker" DEBIAN_FRONTEND=noninteractive

missing=""
command -v docker >/dev/null || missing="docker.io"
docker compose version >/dev/null 2>&1 || missing="$missing docker-compose-v2"
command -v docker-credential-ecr-login >/dev/null || missing="$missing amazon-ecr-credential-helper"
if [ -n "$missing" ]; then
    apt-get -o DPkg::Lock::Timeout=300 update -q
    # shellcheck disable=SC2086 # one word a package
    apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends $missing
fi

# The agent's user writes, the server's user reads.
install -d -o 10500 -g 10500 -m 0755 /var/lib/tfserving /var/lib/tfserving/models /var/lib/tfserving/config

# A new instance profile takes a few seconds until AWS honours it everywhere.
tries=0
until docker compose --env-file .env -f docker-compose.yml pull --quiet; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || { echo "The images could not be pulled; see the lines above." >&2; exit 1; }
    sleep 3
done
docker compose --env-file .env -f docker-compose.yml up -d
