# The official server with an allocator that returns memory, a health check, an entrypoint that is the server itself,
# and without root. Build context: dockerfiles/server/.
# No BuildKit-only syntax: Docker 20.10's own builder has to do.
ARG BASE_IMAGE=tensorflow/serving:2.20.0

FROM ${BASE_IMAGE}

ARG BASE_IMAGE
LABEL org.opencontainers.image.title="tensorflow-serving-stock" \
    org.opencontainers.image.description="TensorFlow Serving with jemalloc, a health check and no root." \
    org.opencontainers.image.base.name="${BASE_IMAGE}"

SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# The library's folder is named after the machine's architecture, so it is looked up and linked to one known place.
# Not pinned (DL3008): the distribution of the base decides which jemalloc 5 there is, and old ones leave its mirrors.
# hadolint ignore=DL3008
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libjemalloc2 \
    && rm -rf /var/lib/apt/lists/* \
    && library="$(find /usr/lib -name libjemalloc.so.2 -print -quit)" \
    && test -n "${library}" \
    && ln -s "${library}" /usr/local/lib/libjemalloc.so.2 \
    && groupadd --gid 10501 tfserving \
    && useradd --uid 10501 --gid 10501 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tfserving

COPY entrypoint.sh healthcheck.sh /usr/local/bin/
RUN chmod 0755 /usr/local/bin/entrypoint.sh /usr/local/bin/healthcheck.sh

USER 10501:10501
EXPOSE 8500 8501
# The ports open only after every model has loaded, retries included; until then nothing is wrong.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10m --retries=3 CMD ["/usr/local/bin/healthcheck.sh"]
ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]
CMD []
