#!/bin/bash
# The image has no curl. An open gRPC port is the server's own sign that every model had a version at boot; whether it
# serves what is wanted now is for the agent's /ready to say.
set -eu

exec 3<>"/dev/tcp/127.0.0.1/${TFSERVING_GRPC_PORT:-8500}"
