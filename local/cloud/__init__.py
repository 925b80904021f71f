"""The containers that make an AWS on this machine: API, registry, EC2's data plane, and the machines it boots."""

from local.cloud.cloud import Cloud, Machine
from local.cloud.endpoints import Endpoints, Ports

__all__ = ["Cloud", "Endpoints", "Machine", "Ports"]
