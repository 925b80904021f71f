"""Where a rehearsal's AWS answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3

REGION: Final = "eu-central-1"
ACCOUNT: Final = "123456789012"


@dataclass(frozen=True)
class Ports:
    """The machine's ports, as published on loopback."""

    grpc: int = 8500
    rest: int = 8501
    agent: int = 8502


@dataclass(frozen=True)
class Endpoints:
    """How this machine reaches the AWS of a rehearsal, and as whom."""

    aws_url: str
    ca_file: Path
    access_key: str
    secret_key: str
    registry: str
    region: str = REGION
    account: str = ACCOUNT

    @property
    def registry_host(self) -> str:
        """Give the registry's name in AWS."""
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com"

    def client(self, service: str) -> Any:
        """Give a boto3 client of a service, as the account's operator."""
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.aws_url,
            verify=str(self.ca_file),
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
        )
