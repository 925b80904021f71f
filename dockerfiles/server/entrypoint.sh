#!/bin/bash
# Becomes the server, so that signals reach it, with exactly the arguments given: none is added behind the operator's
# back. glibc keeps the memory of unloaded models (tensorflow/serving#2142), jemalloc gives it back; it is preloaded
# here and not in the image's environment, so that health checks and shells in the container run without it.
set -eu

exec env LD_PRELOAD=/usr/local/lib/libjemalloc.so /usr/bin/tensorflow_model_server "$@"
