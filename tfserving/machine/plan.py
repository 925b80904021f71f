"""What one machine has to run, as plain values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# An ECR registry's host, in every partition.
_ECR_HOST: Final = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")


@dataclass(frozen=True, kw_only=True)
class MachinePlan:
    """Images by digest, buckets, server command and the hashes of the config files that are read only at boot."""

    region: str
    models_bucket: str
    config_bucket: str
    server_image: str
    agent_image: str
    server_command: tuple[str, ...]
    poll_seconds: int
    batching_sha256: str = ""
    monitoring_sha256: str = ""

    @property
    def ecr_hosts(self) -> tuple[str, ...]:
        """Give the ECR registries the images come from, sorted."""
        hosts = {image.split("/", 1)[0] for image in (self.server_image, self.agent_image)}
        return tuple(sorted(host for host in hosts if _ECR_HOST.fullmatch(host)))

    @property
    def environment(self) -> Mapping[str, str]:
        """Give the variables of both containers; no secret is among them."""
        endpoint = f"s3.{self.region}.amazonaws.com"
        return {
            "AWS_REGION": self.region,
            "AWS_ENDPOINT": endpoint,
            # The name TensorFlow's own S3 file system reads; AWS_ENDPOINT is the one operators know.
            "S3_ENDPOINT": endpoint,
            "AWS_LOG_LEVEL": "3",
            # Warnings and errors: at level 0 the server logs every model at every look at its config file.
            "TF_CPP_MIN_LOG_LEVEL": "1",
            "TFSERVING_MODELS_BUCKET": self.models_bucket,
            "TFSERVING_CONFIG_BUCKET": self.config_bucket,
            "TFSERVING_POLL_SECONDS": str(self.poll_seconds),
            "TFSERVING_BATCHING_SHA256": self.batching_sha256,
            "TFSERVING_MONITORING_SHA256": self.monitoring_sha256,
        }
