# Where CodeBuild runs a build, in place of aws/codebuild/*: a machine whose Docker engine and AWS CLI are the build's,
# without cloud-init and without the metadata service.
ARG BASE
FROM ${BASE}

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends awscli python3-boto3 python3-yaml \
    && rm -rf /var/lib/apt/lists/* \
    && systemctl disable docker.service rehearsal-hypervisor.service \
    && touch /etc/cloud/cloud-init.disabled

COPY __init__.py /srv/local/__init__.py
COPY builder /srv/local/builder
COPY images/builder/rehearsal-builder.service /etc/systemd/system/rehearsal-builder.service
COPY images/builder/network.sh /usr/local/sbin/rehearsal-network
RUN chmod 0755 /usr/local/sbin/rehearsal-network && systemctl enable rehearsal-builder.service
