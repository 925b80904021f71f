"""The folder the engine works in: the project's Pulumi.yaml, and the stack's file completed for the local AWS."""

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from local.cloud import Endpoints
from local.folders import PROJECT

# Every service the program reaches, as the AWS provider names them.
SERVICES: Final = (
    "s3",
    "s3control",
    "ec2",
    "iam",
    "sts",
    "ecr",
    "ssm",
    "secretsmanager",
    "logs",
    "codebuild",
    "dynamodb",
)


@dataclass(frozen=True)
class Workspace:
    """Where one rehearsal's engine keeps its files."""

    folder: Path
    stack: str
    settings: Path
    """A Pulumi.<stack>.yaml whose configuration the stack has, beside where its AWS answers."""

    @property
    def backend(self) -> str:
        """Give the URL of the state's backend."""
        return f"file://{self.folder / 'state'}"

    @property
    def passphrase_file(self) -> Path:
        """Name the file with the stack's passphrase."""
        return self.folder / "passphrase"

    @property
    def stack_file(self) -> Path:
        """Name the stack's configuration file."""
        return self.folder / f"Pulumi.{self.stack}.yaml"

    def prepare(self, endpoints: Endpoints, overrides: Mapping[str, Any]) -> None:
        """Lay the workspace for the local AWS; a passphrase and the stack's salt survive."""
        (self.folder / "state").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / "Pulumi.yaml", self.folder / "Pulumi.yaml")
        if not self.passphrase_file.exists():
            self.passphrase_file.touch(mode=0o600)
            self.passphrase_file.write_text(secrets.token_urlsafe())
        self._write_stack_file({**self._settings(), **aws_config(endpoints), **overrides})

    def clear(self) -> None:
        """Forget the stack's state and passphrase."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, endpoints: Endpoints) -> dict[str, str]:
        """Give the environment of the engine and of everything that talks to the local AWS."""
        return {
            **client_environment(endpoints),
            "PULUMI_BACKEND_URL": self.backend,
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase_file),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }

    def _settings(self) -> dict[str, Any]:
        return dict(yaml.safe_load(self.settings.read_text())["config"])

    def _write_stack_file(self, config: Mapping[str, Any]) -> None:
        kept = yaml.safe_load(self.stack_file.read_text()) if self.stack_file.exists() else {}
        content = {**{key: kept[key] for key in kept if key != "config"}, "config": dict(config)}
        self.stack_file.write_text(yaml.safe_dump(content, sort_keys=False))


def aws_config(endpoints: Endpoints) -> dict[str, Any]:
    """Point the AWS provider at the local AWS; the same keys serve the real plugin and the rehearsal's own."""
    return {
        "aws:region": endpoints.region,
        "aws:endpoints": [dict.fromkeys(SERVICES, endpoints.aws_url)],
        "aws:s3UsePathStyle": True,
        "aws:skipCredentialsValidation": True,
        "aws:skipMetadataApiCheck": True,
        "aws:skipRegionValidation": True,
        "aws:skipRequestingAccountId": True,
    }


def client_environment(endpoints: Endpoints) -> dict[str, str]:
    """Give the environment in which AWS clients, the `tfs` command among them, talk to the local AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoints.aws_url,
        "AWS_CA_BUNDLE": str(endpoints.ca_file),
        "AWS_ACCESS_KEY_ID": endpoints.access_key,
        "AWS_SECRET_ACCESS_KEY": endpoints.secret_key,
        "AWS_REGION": endpoints.region,
        "AWS_DEFAULT_REGION": endpoints.region,
    }
