"""The store a command works on: named by its bucket, or the one that a stack's outputs name."""

import getpass
import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tfserving.registry import Registry

Bucket = Annotated[
    str | None, typer.Option(envvar="TFS_MODELS_BUCKET", help="The stack's output modelsBucket; or name the stack.")
]
StackName = Annotated[
    str, typer.Option("--stack", help="The stack, whose outputs name bucket and registry; needs the pulumi command.")
]
Table = Annotated[
    str, typer.Option("--registry", envvar="TFS_REGISTRY_TABLE", help="The stack's output registryTable.")
]
Root = Annotated[Path, typer.Option("--project", help="With --stack: the project's folder.")]


@dataclass(frozen=True)
class Store:
    """A bucket with models, and, if known, the registry's table and the bucket with models.config."""

    bucket: str
    table: str = ""
    configs_bucket: str = ""

    @cached_property
    def client(self) -> "S3Client":
        """Give a client of S3."""
        from tfserving.cli.aws import s3_client

        return s3_client()

    @cached_property
    def registry(self) -> "Registry | None":
        """Give the registry; None for a store without one."""
        if not self.table:
            return None
        from tfserving.cli.aws import dynamodb_client
        from tfserving.registry import Registry

        dynamodb = dynamodb_client()
        return Registry(self.table, configs_bucket=self.configs_bucket, dynamodb=dynamodb, s3=self.client)

    def publisher(self) -> str:
        """Say who publishes: as AWS knows them where there is a registry, else as this machine does."""
        if not self.table:
            return _user_here()
        from tfserving.cli.aws import caller_arn

        return caller_arn() or _user_here()


def open_store(bucket: str | None, stack: str, table: str = "", root: Path = Path()) -> Store:
    """Find the store; raises TfServingError for a stack without one, typer's BadParameter if none is named."""
    from tfserving.cli.aws import demand_bucket
    from tfserving.cli.stack import Stack

    if not stack:
        if bucket is None:
            raise typer.BadParameter("Name the store: --bucket BUCKET (or TFS_MODELS_BUCKET), or --stack STACK.")
        demand_bucket(bucket)
        return Store(bucket, table)
    outputs = Stack(stack, root).outputs()
    if not outputs.get("modelsBucket"):
        raise TfServingError(f"The stack {stack!r} has no output modelsBucket. Run `pulumi up` first.")
    return Store(
        str(outputs["modelsBucket"]), str(outputs.get("registryTable") or table), str(outputs.get("configsBucket", ""))
    )


def _user_here() -> str:
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        # In a container whose user has no name.
        return socket.gethostname()
