# What compiles server images in the rehearsal, in place of tensorflow/serving:*-devel: curl, source archives of a few
# releases, and a Bazel that records how it was called and delivers the stand-in server.
ARG BASE
FROM ${BASE}

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/*

COPY images/bazel/sources.sh images/bazel/bazel.sh /tmp/
RUN sh /tmp/sources.sh /srv/sources && install -m 0755 /tmp/bazel.sh /usr/local/bin/bazel && rm /tmp/*.sh
