#!/bin/sh
# Writes archives laid out as GitHub's are, one folder in each, of source trees that hold only the release's name.
set -eu

mkdir -p "$1"
for release in 2.6.5 2.19.1 2.20.0; do
    tree="$(mktemp -d)"
    mkdir "$tree/serving-$release"
    echo "$release" >"$tree/serving-$release/RELEASE"
    tar --create --gzip --file="$1/$release.tar.gz" --directory="$tree" "serving-$release"
    rm -r "$tree"
done
