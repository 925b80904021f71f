"""What there should be: the config in S3 now, and the machines the stack has."""

from dataclasses import dataclass
from typing import Final

from tfserving.fleet.reports import Report

MODELS_KEY: Final = "configs/models.config"


@dataclass(frozen=True)
class Config:
    """The version of models.config that lies in S3."""

    version_id: str
    etag: str

    def is_of(self, report: Report) -> bool:
        """Tell whether a machine speaks of this config.

        A version that repeats the bytes of the one before has its ETag, and S3 says "not modified" to an agent that
        has those: the machine goes on to name the version it read them from.
        """
        same_version = bool(self.version_id) and report.config_version_id == self.version_id
        return same_version or (bool(self.etag) and _bare(report.config_etag) == _bare(self.etag))


@dataclass(frozen=True)
class Machine:
    """An instance of the stack; the image of its server is empty where AWS does not tell."""

    instance_id: str
    image: str = ""


@dataclass(frozen=True)
class Wanted:
    """No config means that S3 has none, so that nothing can be served as wanted."""

    config: Config | None
    machines: tuple[Machine, ...]


def _bare(etag: str) -> str:
    # S3's API quotes ETags, Pulumi's AWS provider does not.
    return etag.strip('"')
