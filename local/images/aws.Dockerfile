# The rehearsal's AWS: moto and names, the registry, and the data plane of EC2 and CodeBuild; one image for the three containers.
ARG BASE
FROM ${BASE}

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends apache2-utils dnsmasq-base docker-registry \
    && rm -rf /var/lib/apt/lists/*

COPY images/aws-requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --requirement /tmp/requirements.txt && rm /tmp/requirements.txt

COPY __init__.py /srv/local/__init__.py
COPY aws /srv/local/aws
COPY codebuild /srv/local/codebuild
COPY data_plane /srv/local/data_plane
COPY watchers /srv/local/watchers
COPY ec2 /srv/local/ec2
WORKDIR /srv
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MOTO_IAM_LOAD_MANAGED_POLICIES=true
EXPOSE 443 8500 8501 8502
