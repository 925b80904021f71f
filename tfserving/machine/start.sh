#!/bin/sh
# Starts the compose project beside this script; running it again is harmless. Arguments: what the server image needs.
set -eu
cd "$(dirname "$0")"
export DOCKER_CONFIG="$PWD/docker" DEBIAN_FRONTEND=noninteractive
state=/var/lib/tfserving

compose() {
    docker compose --env-file .env -f docker-compose.yml "$@"
}

# A new instance profile or access key takes a few seconds until AWS honours it everywhere.
patiently() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 10 ] || { echo "Gave up on: $*; see the lines above." >&2; exit 1; }
        sleep 3
    done
}

# Puts the server's key into .env; it shows in no log, because the service that prints it has none.
fetch_access_key() {
    compose run --rm -T access-key >.env.key || return 1
    grep -v '^AWS_\(ACCESS_KEY_ID\|SECRET_ACCESS_KEY\)=' .env >.env.new
    cat .env.key >>.env.new
    rm .env.key
    mv .env.new .env
}

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
install -d -o 10500 -g 10500 -m 0755 "$state" "$state/models" "$state/config"

./missing.sh "$@" >"$state/missing"
if [ -s "$state/missing" ]; then
    # The agent reads the file and says so in its status.
    patiently compose pull --quiet agent
    compose up -d agent
    echo "The server is not started: this machine lacks $(tr '\n' ' ' <"$state/missing")." >&2
    exit 1
fi

patiently compose pull --quiet
if grep -q '^AWS_ACCESS_KEY_ID$' env.list; then
    umask 077
    patiently fetch_access_key
fi
compose up -d
