# The server compiled with CUDA. Build context: dockerfiles/server/.
# Compiling takes hours and tens of GiB; nothing of it but the binary reaches the image.
# No BuildKit-only syntax: Docker 20.10's own builder has to do.
ARG VERSION=2.20.0
ARG BUILD_IMAGE=tensorflow/serving:${VERSION}-devel-gpu
# CUDA, cuDNN and the others in exactly the versions that the release is made for.
ARG BASE_IMAGE=tensorflow/serving:${VERSION}-gpu

# The release's own development image: its Bazel, its compiler, its CUDA.
FROM ${BUILD_IMAGE} AS compiled

ARG VERSION
# The source comes from the release's tag, whatever the development image was made from.
ARG SOURCE_URL=https://github.com/tensorflow/serving/archive/refs/tags/${VERSION}.tar.gz
# What the archive must be, where the operator knows it.
ARG SOURCE_SHA256=
ARG BUILD_OPTIONS="--config=release --copt=-mavx2 --copt=-mfma --config=cuda_clang --copt=-fPIC"

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /source
RUN curl --fail --location --silent --show-error --retry 5 --output /source.tar.gz "${SOURCE_URL}" \
    && if [ -n "${SOURCE_SHA256}" ]; then echo "${SOURCE_SHA256}  /source.tar.gz" | sha256sum --check --strict; fi \
    && tar --extract --gzip --strip-components=1 --file=/source.tar.gz \
    && rm /source.tar.gz

# The builder has no driver; CUDA's stub stands for its library while linking.
# A line each half minute: a terminal's progress bar would fill the builder's log.
# hadolint ignore=SC2086
RUN stubs=/usr/local/cuda/lib64/stubs \
    && if [ -e "${stubs}/libcuda.so" ]; then ln -sf libcuda.so "${stubs}/libcuda.so.1"; fi \
    && export LD_LIBRARY_PATH="${stubs}${LD_LIBRARY_PATH:+:${LD_LIBRARY_PATH}}" \
    && bazel build --color=no --curses=no --show_progress_rate_limit=30 --verbose_failures ${BUILD_OPTIONS} \
        //tensorflow_serving/model_servers:tensorflow_model_server \
    && install -D bazel-bin/tensorflow_serving/model_servers/tensorflow_model_server /compiled/tensorflow_model_server

FROM ${BASE_IMAGE}

ARG VERSION
ARG BUILD_OPTIONS="--config=release --copt=-mavx2 --copt=-mfma --config=cuda_clang --copt=-fPIC"
LABEL org.opencontainers.image.title="tensorflow-serving-gpu" \
    org.opencontainers.image.description="TensorFlow Serving compiled with ${BUILD_OPTIONS}" \
    org.opencontainers.image.version="${VERSION}"

# Nothing is wanted from NVIDIA's package sources, and the keys of those in older releases have been withdrawn.
COPY install.sh entrypoint.sh healthcheck.sh /usr/local/bin/
RUN find /etc/apt/sources.list.d '(' -name '*cuda*' -o -name '*nvidia*' -o -name '*ensor*' ')' -delete \
    && install.sh && rm /usr/local/bin/install.sh
COPY --from=compiled /compiled/tensorflow_model_server /usr/bin/tensorflow_model_server

# What the NVIDIA runtime gives the container; TensorFlow needs no more.
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

USER 10501:10501
EXPOSE 8500 8501
# The ports open only after every model has loaded, retries included; until then nothing is wrong.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10m --retries=3 CMD ["/usr/local/bin/healthcheck.sh"]
ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]
CMD []
