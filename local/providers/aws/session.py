"""Clients of the AWS the provider is configured for."""

import functools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from local.providers.failures import ProviderError

# Descriptions of services are large; one process, with however many providers, reads each once.
_MODELS: Final = Loader()


@dataclass(frozen=True)
class AwsConfig:
    """A provider's configuration: where AWS answers, as whom, and the tags every resource gets."""

    region: str
    endpoints: Mapping[str, str]
    access_key: str | None = None
    secret_key: str | None = None
    token: str | None = None
    profile: str | None = None
    path_style: bool = False
    default_tags: Mapping[str, str] = field(default_factory=dict)
    allowed_accounts: Sequence[str] = ()


class Aws:
    """Gives one client per service; safe to use from many threads."""

    def __init__(self, config: AwsConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        """Name the region."""
        return self.config.region

    @functools.cached_property
    def account(self) -> str:
        """Ask for the account's number."""
        return str(self.client("sts").get_caller_identity()["Account"])

    @functools.cached_property
    def partition(self) -> str:
        """Name the region's partition, `aws` for most."""
        return str(self._session.get_partition_for_region(self.region))

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """Make the ARN of a resource of this account."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account}:{resource}"

    def client(self, service: str) -> Any:
        """Give the client of a service.

        Raises ProviderError if the configuration names no endpoint for it: the local provider never reaches AWS itself.
        """
        # Sessions are not thread-safe while they make clients; clients are.
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make_client(service)
            return self._clients[service]

    @functools.cached_property
    def _session(self) -> boto3.session.Session:
        config = self.config
        core = botocore.session.Session()
        core.register_component("data_loader", _MODELS)
        return boto3.session.Session(
            botocore_session=core,
            aws_access_key_id=config.access_key,
            aws_secret_access_key=config.secret_key,
            aws_session_token=config.token,
            profile_name=config.profile,
            region_name=config.region,
        )

    def _make_client(self, service: str) -> Any:
        if service not in self.config.endpoints:
            raise ProviderError(
                f"aws:endpoints names no URL for {service!r}, and the local provider never reaches AWS itself. "
                f"Add {service!r} to the one element of aws:endpoints."
            )
        config = Config(retries={"mode": "standard"}, max_pool_connections=32)
        if self.config.path_style:
            config = config.merge(Config(s3={"addressing_style": "path"}))
        make: Any = self._session.client  # typed for literal names only
        return make(service, endpoint_url=self.config.endpoints[service], config=config)


def code(error: ClientError) -> str:
    """Give AWS's name of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_missing(error: ClientError) -> bool:
    """Tell whether AWS says that something does not exist; every service has its own words."""
    name = code(error)
    return (
        name == "404" or name.startswith("NoSuch") or name.endswith((".NotFound", "NotFoundException", "NotFoundError"))
    )


def found_or_none(call: Any, **arguments: Any) -> Any:
    """Call AWS; None if what is asked for does not exist."""
    try:
        return call(**arguments)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
