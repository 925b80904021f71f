"""Which instance this is, from the metadata service (version 2, as the machine requires)."""

import os
import urllib.request
from typing import Final

from tfserving.errors import TfServingError

# The variable is the AWS SDKs' own.
ENDPOINT: Final = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
DEFAULT: Final = "http://169.254.169.254"
_TIMEOUT_SECONDS: Final = 5


def instance_id() -> str:
    """Ask for this machine's instance id.

    Raises TfServingError if the metadata service does not answer.
    """
    base = os.environ.get(ENDPOINT, DEFAULT).rstrip("/")
    try:
        token = _ask(f"{base}/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
        return _ask(f"{base}/latest/meta-data/instance-id", "GET", {"X-aws-ec2-metadata-token": token})
    except OSError as error:
        raise TfServingError(
            f"The instance metadata service at {base} did not answer: {error}. The agent needs the host network."
        ) from error


def _ask(url: str, method: str, headers: dict[str, str]) -> str:
    request = urllib.request.Request(url, method=method, headers=headers)  # noqa: S310 - http only, by DEFAULT
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
        text: bytes = answer.read()
        return text.decode()
