# Debian with Python, which trusts what this host trusts and the rehearsal's AWS.
# The base of everything that is built on python:* or tensorflow/serving where these can be had.
ARG BASE
FROM ${BASE}

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-pip python3-venv \
    && rm -rf /var/lib/apt/lists/* /usr/lib/python3*/EXTERNALLY-MANAGED \
    && ln -sf /usr/bin/python3 /usr/local/bin/python

COPY ca-bundle.crt /etc/rehearsal/ca-bundle.crt
COPY rehearsal-ca.crt /usr/local/share/ca-certificates/rehearsal-ca.crt
RUN update-ca-certificates

# Libraries that bring certificates of their own look here instead.
ENV SSL_CERT_FILE=/etc/rehearsal/ca-bundle.crt \
    REQUESTS_CA_BUNDLE=/etc/rehearsal/ca-bundle.crt \
    CURL_CA_BUNDLE=/etc/rehearsal/ca-bundle.crt \
    PIP_CERT=/etc/rehearsal/ca-bundle.crt \
    AWS_CA_BUNDLE=/etc/rehearsal/ca-bundle.crt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
