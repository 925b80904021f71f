# An EC2 machine: systemd, cloud-init and a Docker engine of its own, as Ubuntu's image has them after the packages
# that user-data installs; and what stands in for the hypervisor: the metadata service and the resolver.
ARG BASE
FROM ${BASE}

# hadolint ignore=DL3008
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        amazon-ecr-credential-helper ca-certificates cloud-init curl dbus docker.io eatmydata iproute2 iptables \
        locales procps python3 systemd systemd-sysv \
    && rm -rf /var/lib/apt/lists/* \
    && systemctl mask getty.target console-getty.service systemd-udevd.service systemd-networkd-wait-online.service \
        systemd-logind.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
    && systemctl disable docker.socket

COPY docker-compose /usr/libexec/docker/cli-plugins/docker-compose
COPY images/machine/rehearsal.cfg /etc/cloud/cloud.cfg.d/99-rehearsal.cfg
COPY images/machine/rehearsal-hypervisor.service /etc/systemd/system/rehearsal-hypervisor.service
COPY images/machine/hypervisor.sh /usr/local/sbin/rehearsal-hypervisor
COPY ec2/metadata.py /usr/local/lib/rehearsal/metadata.py
RUN chmod 0755 /usr/libexec/docker/cli-plugins/docker-compose /usr/local/sbin/rehearsal-hypervisor \
    && systemctl enable rehearsal-hypervisor.service docker.service

STOPSIGNAL SIGRTMIN+3
CMD ["/sbin/init"]
