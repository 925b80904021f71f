#!/bin/sh
# Prints what this machine lacks of its arguments, a line each: instruction sets by their names in /proc/cpuinfo, and
# "nvidia" for a GPU with its driver. A server without them would die of "Illegal instruction" again and again.
set -eu

has() {
    case $1 in
        nvidia) nvidia-smi -L >/dev/null 2>&1 ;;
        *) grep -m 1 '^flags' "${CPUINFO:-/proc/cpuinfo}" | grep -qw -- "$1" ;;
    esac
}

for need; do
    has "$need" || echo "$need"
done
