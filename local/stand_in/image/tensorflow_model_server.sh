#!/bin/sh
# Stands where the real server's binary stands; -P keeps the working directory out of the import path.
PYTHONPATH=/opt/stand_in/packages:/opt/stand_in
export PYTHONPATH
exec python3 -P -m stand_in "$@"
