# The stand-in for tensorflow_model_server, laid out as the official image is: same binary, entrypoint, ports, user.
# Of TensorFlow it holds the C library and the proto modules only, because machines pull and unpack it while they boot.
ARG BASE
FROM ${BASE} AS parts

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils unzip \
    && rm -rf /var/lib/apt/lists/*

ARG TENSORFLOW=2.21.0
WORKDIR /wheels
RUN mkdir -p /opt/stand_in/packages \
    && pip download --no-cache-dir --no-deps "tensorflow-cpu==${TENSORFLOW}" "tensorflow-serving-api==${TENSORFLOW}" \
    && unzip -q 'tensorflow_cpu-*.whl' 'tensorflow/libtensorflow_*.so.2' 'tensorflow/core/*.py' \
        'tensorflow/compiler/*_pb2.py' 'tensorflow/tsl/*_pb2.py' -d /opt/stand_in/packages \
    && unzip -q 'tensorflow_serving_api-*.whl' 'tensorflow_serving/*' -d /opt/stand_in/packages \
    && rm -- *.whl \
    && strip --strip-unneeded /opt/stand_in/packages/tensorflow/libtensorflow_*.so.2 \
    && python3 -m compileall -q /opt/stand_in/packages

COPY stand_in/image/requirements.txt /wheels/requirements.txt
# numpy's and grpc's tests, headers and command line tools are dead weight here.
RUN pip install --no-cache-dir --target /opt/stand_in/packages --requirement /wheels/requirements.txt \
    && find /opt/stand_in/packages -depth -type d '(' -name tests -o -name include -o -name f2py -o -name bin ')' \
        -exec rm -r '{}' + \
    && find /opt/stand_in/packages/botocore/data -mindepth 1 -maxdepth 1 -type d -not -name s3 -exec rm -r '{}' + \
    && find /opt/stand_in/packages/numpy /opt/stand_in/packages/grpc -name '*.so' -exec strip --strip-unneeded '{}' +

COPY stand_in /opt/code/stand_in
RUN find /opt/code -depth -name __pycache__ -exec rm -r '{}' + \
    && python3 -m compileall -q /opt/code/stand_in

FROM ${BASE}

COPY --from=parts /opt/stand_in /opt/stand_in
COPY --from=parts /opt/code/stand_in /opt/stand_in/stand_in
COPY stand_in/image/tensorflow_model_server.sh /usr/bin/tensorflow_model_server
COPY stand_in/image/tf_serving_entrypoint.sh /usr/bin/tf_serving_entrypoint.sh
RUN chmod 0755 /usr/bin/tensorflow_model_server /usr/bin/tf_serving_entrypoint.sh && mkdir -p /models

ENV MODEL_BASE_PATH=/models \
    MODEL_NAME=model
EXPOSE 8500 8501
# Releases differ: up to 2.6 the server reads s3:// itself.
ARG RELEASE=2.20.0
RUN echo "${RELEASE}" > /opt/stand_in/release
ENTRYPOINT ["/usr/bin/tf_serving_entrypoint.sh"]
