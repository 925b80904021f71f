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
        [ "$tries" -lt 10 ] || { echo "Gave up on: $*; see the lines above." >&2; return 1; }
        sleep 3
    done
}

# Starts the agent alone, which reads in $state why, and says so in its status.
hold_back() {
    patiently compose pull --quiet agent
    compose up -d agent
    echo "The server is not started: $1" >&2
    exit 1
}

# Writes what a boot service prints to a file; it shows in no log, because such services have none.
fetch() {
    if compose run --rm -T "$1" >"$2" 2>.said; then
        : >"$state/refused"
        return 0
    fi
    cat .said >&2
    rm "$2"
    sed -n 's/^error: //p' .said >"$state/refused"
    [ -s "$state/refused" ] || echo "the service $1 could not be run; cloud-init's log says why." >"$state/refused"
    return 1
}

# Puts the server's key into .env.
fetch_access_key() {
    fetch access-key .env.key || return 1
    grep -v '^AWS_\(ACCESS_KEY_ID\|SECRET_ACCESS_KEY\)=' .env >.env.new
    cat .env.key >>.env.new
    rm .env.key
    mv .env.new .env
}

# Unpacks the server's and the agent's files for TLS, each for its own user.
fetch_tls() {
    fetch tls .tls.tar || return 1
    mkdir -p -m 0700 tls
    rm -f tls/*/*
    tar -xpf .tls.tar -C tls || return 1
    rm .tls.tar
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
[ ! -s "$state/missing" ] || hold_back "this machine lacks $(tr '\n' ' ' <"$state/missing")"

: >"$state/refused"
patiently compose pull --quiet
umask 077
if grep -q '^AWS_ACCESS_KEY_ID$' env.list; then
    patiently fetch_access_key || hold_back "$(cat "$state/refused")"
fi
if grep -q '^TFSERVING_TLS$' agent.list; then
    patiently fetch_tls || hold_back "$(cat "$state/refused")"
fi
compose up -d
