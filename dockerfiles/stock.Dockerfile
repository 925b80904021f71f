# The official server with an allocator that returns memory, a health check, an entrypoint that is the server itself,
# and without root. Build context: dockerfiles/server/.
# No BuildKit-only syntax: Docker 20.10's own builder has to do.
ARG BASE_IMAGE=tensorflow/serving:2.20.0

FROM ${BASE_IMAGE}

ARG BASE_IMAGE
LABEL org.opencontainers.image.title="tensorflow-serving-stock" \
    org.opencontainers.image.description="TensorFlow Serving with jemalloc, a health check and no root." \
    org.opencontainers.image.base.name="${BASE_IMAGE}"

COPY install.sh entrypoint.sh healthcheck.sh /usr/local/bin/
RUN install.sh && rm /usr/local/bin/install.sh

USER 10501:10501
EXPOSE 8500 8501
# The ports open only after every model has loaded, retries included; until then nothing is wrong.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10m --retries=3 CMD ["/usr/local/bin/healthcheck.sh"]
ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]
CMD []
