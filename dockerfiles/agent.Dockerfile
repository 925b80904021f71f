# The agent beside the server. Build context: tfserving/, of which .dockerignore lets in what the agent imports.
ARG BASE_IMAGE=python:3.12-slim-bookworm

FROM ${BASE_IMAGE}

LABEL org.opencontainers.image.title="tensorflow-serving-agent" \
    org.opencontainers.image.description="Brings models from S3 to a TensorFlow Serving machine and watches them."

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

WORKDIR /opt/agent
COPY agent/requirements.txt /tmp/requirements.txt
RUN python -m pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.txt \
    && rm /tmp/requirements.txt

COPY . tfserving/
# Modules are compiled here, because the container's root is read-only.
RUN PYTHONDONTWRITEBYTECODE='' python -m compileall -q tfserving

USER 10500:10500
EXPOSE 8502
ENTRYPOINT ["python", "-m", "tfserving.agent"]
