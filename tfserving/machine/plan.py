"""What one machine has to run, as plain values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TLS_FOLDER: Final = "/tls"
"""Where both containers find their files for TLS, each its own."""
# An ECR registry's host, in every partition.
_ECR_HOST: Final = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")


@dataclass(frozen=True, kw_only=True)
class MachinePlan:
    """Images by digest, buckets, server command and the hashes of the config files that are read only at boot.

    `needs` names what the server image was built for: instruction sets by their names in /proc/cpuinfo, and "nvidia".
    `access_key` is the ARN of the secret with the key of a server that reads S3 itself, empty for one that the agent
    feeds. `tls_secret` is the ARN of the secret with the key and certificates for gRPC, `tls_version` the id of its
    version, empty for the current one.
    """

    region: str
    models_bucket: str
    config_bucket: str
    server_image: str
    agent_image: str
    server_command: tuple[str, ...]
    poll_seconds: int
    batching_sha256: str = ""
    monitoring_sha256: str = ""
    session_sha256: str = ""
    needs: tuple[str, ...] = ()
    gpu: bool = False
    gpu_memory_growth: bool = False
    access_key: str = ""
    rest: bool = True
    tls_secret: str = ""
    tls_version: str = ""

    @property
    def native(self) -> bool:
        """Tell whether the server reads S3 itself."""
        return bool(self.access_key)

    @property
    def ecr_hosts(self) -> tuple[str, ...]:
        """Give the ECR registries the images come from, sorted."""
        hosts = {image.split("/", 1)[0] for image in (self.server_image, self.agent_image)}
        return tuple(sorted(host for host in hosts if _ECR_HOST.fullmatch(host)))

    @property
    def server_environment(self) -> Mapping[str, str]:
        """Give the server's variables; no secret is among them, a native server's key is fetched at boot."""
        endpoint = f"s3.{self.region}.amazonaws.com"
        return {
            "AWS_REGION": self.region,
            "AWS_ENDPOINT": endpoint,
            # The name TensorFlow's own S3 file system reads; AWS_ENDPOINT is the one operators know.
            "S3_ENDPOINT": endpoint,
            "AWS_LOG_LEVEL": "3",
            # Warnings and errors: at level 0 the server logs every model at every look at its config file.
            "TF_CPP_MIN_LOG_LEVEL": "1",
            **({"TF_FORCE_GPU_ALLOW_GROWTH": "true"} if self.gpu_memory_growth else {}),
        }

    @property
    def secret_variables(self) -> tuple[str, ...]:
        """Name the server's variables whose values the machine fetches at boot."""
        return ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if self.native else ()

    @property
    def agent_environment(self) -> Mapping[str, str]:
        """Give the agent's variables; it works under the machine's role and gets no key."""
        return {
            "AWS_REGION": self.region,
            "TFSERVING_MODEL_SOURCE": "native" if self.native else "agent",
            "TFSERVING_MODELS_BUCKET": self.models_bucket,
            "TFSERVING_CONFIG_BUCKET": self.config_bucket,
            "TFSERVING_POLL_SECONDS": str(self.poll_seconds),
            "TFSERVING_BATCHING_SHA256": self.batching_sha256,
            "TFSERVING_MONITORING_SHA256": self.monitoring_sha256,
            **({"TFSERVING_SESSION_SHA256": self.session_sha256} if self.session_sha256 else {}),
            **({} if self.rest else {"TFSERVING_REST": "off"}),
            **({"TFSERVING_TLS": TLS_FOLDER} if self.tls_secret else {}),
        }
