"""The server's config files as versioned S3 objects."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.refusal import Refusal
from components.stored_models import stored_bucket
from tfserving.errors import ServerConfigError
from tfserving.model_store.wanted import wanted_models
from tfserving.server_configs import (
    ModelsConfigWriter,
    ServerConfigFile,
    ServerConfigFiles,
    check_server_configs,
    parse_models,
    store_models_config,
)

# Whatever makes the provider write an object anew, and so undo what `tfs` wrote since; but for metadata, whose change
# says that the writer has changed.
_NOT_PULUMIS: Final = ["content", "content_type"]


@dataclass(frozen=True, kw_only=True)
class ServerConfigsArgs:
    """The files, the buckets they are written to and speak of, and who writes models.config after the first time."""

    files: ServerConfigFiles
    bucket: pulumi.Input[str]
    models_bucket: pulumi.Input[str]
    models_writer: ModelsConfigWriter = "pulumi"
    protected: bool
    tags: Mapping[str, str]


class ServerConfigs(Component):
    """The server configs as objects `configs/<name>.config`, under keys that never change."""

    version_ids: dict[str, pulumi.Output[str]]
    batching_sha256: str
    monitoring_sha256: str
    session_sha256: str

    def __init__(self, name: str, args: ServerConfigsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ServerConfigs", name, args.tags, opts)
        files = args.files
        self.version_ids = {"models.config": self._object("models", self._models_text(args), args)}
        boot_files = {"batching": files.batching, "monitoring": files.monitoring, "session": files.session}
        for what, file in boot_files.items():
            if file is not None:
                self.version_ids[f"{what}.config"] = self._object(what, file.text, args)
        self.batching_sha256 = _sha256(files.batching)
        self.monitoring_sha256 = _sha256(files.monitoring)
        self.session_sha256 = _sha256(files.session)
        self.register_outputs({"version_ids": self.version_ids})

    def _models_text(self, args: ServerConfigsArgs) -> pulumi.Output[str]:
        bucket = pulumi.Output.from_input(args.models_bucket)
        if args.models_writer == "pulumi":
            # With `tfs` the file counts no more after the first time, so the store need not have what it names.
            bucket = stored_bucket(wanted_models(args.files.models.text, args.files.models.path), bucket, self)
        return bucket.apply(lambda name: _models_text(args, name))

    def _object(self, what: str, content: pulumi.Input[str], args: ServerConfigsArgs) -> pulumi.Output[str]:
        by_tfs = what == "models" and args.models_writer == "tfs"
        config = aws.s3.BucketObjectv2(
            f"{self._name}-{what}",
            bucket=args.bucket,
            key=f"configs/{what}.config",
            content=content,
            content_type="text/plain; charset=utf-8",
            # `tfs` changes no object that does not say so, whatever settings it is told of.
            metadata={"writer": "tfs"} if by_tfs else None,
            tags=self._tags(f"{what}.config"),
            # Deleting the object would delete every earlier version of it too (terraform-provider-aws#4500).
            opts=self._child(retain_on_delete=args.protected, ignore_changes=_NOT_PULUMIS if by_tfs else None),
        )
        return config.version_id


def _models_text(args: ServerConfigsArgs, bucket: str) -> str:
    files = args.files
    # Which bucket a base_path must name is known only here.
    if problems := check_server_configs(files, bucket=bucket):
        raise Refusal(ServerConfigError(problems))
    return store_models_config(parse_models(files.models.text, files.models.path), bucket, writer=args.models_writer)


def _sha256(file: ServerConfigFile | None) -> str:
    return hashlib.sha256(file.text.encode()).hexdigest() if file else ""
