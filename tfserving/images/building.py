"""Building an image with the Docker engine of this machine, and pushing it to ECR."""

import base64
import json
import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tfserving.errors import TfServingError
from tfserving.images.names import repository_name
from tfserving.images.source import ImageSource

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

PLATFORM: Final = "linux/amd64"
_ABSENT: Final = frozenset({"ImageNotFoundException", "RepositoryNotFoundException"})
_LINES_OF_A_FAILURE: Final = 20

Say = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """Where an image goes: an ECR repository's URL, and the tag of its content."""

    repository: str
    tag: str

    @property
    def name(self) -> str:
        """Give the image's name by tag."""
        return f"{self.repository}:{self.tag}"

    def at(self, digest: str) -> str:
        """Give the image's name by digest, which counts, with the tag beside it, which says what it was built from."""
        return f"{self.name}@{digest}"


def pushed_digest(ecr: "ECRClient", target: Target) -> str | None:
    """Give the image by digest if its content has been pushed already, or None."""
    from botocore.exceptions import ClientError

    try:
        answer = ecr.describe_images(
            repositoryName=repository_name(target.repository), imageIds=[{"imageTag": target.tag}]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise
    return target.at(answer["imageDetails"][0]["imageDigest"])


def build(source: ImageSource, folder: Path, target: Target, say: Say | None = None) -> None:
    """Build the image; what Docker says goes to `say`, line by line, or to standard error.

    Raises TfServingError if the build fails.
    """
    arguments = (
        f"--platform={PLATFORM}",
        f"--tag={target.name}",
        f"--file={folder / source.dockerfile}",
        *source.build_arguments,
        str(folder / source.context),
    )
    _docker("build", *arguments, say=say)


def push(ecr: "ECRClient", target: Target) -> str:
    """Push the image and give it by digest; raises TfServingError if ECR does not take it."""
    (data,) = ecr.get_authorization_token()["authorizationData"]
    push_with(data["authorizationToken"], target)
    shown = subprocess.run(
        ["docker", "inspect", "--format", "{{json .RepoDigests}}", target.name],
        capture_output=True,
        text=True,
        check=True,
    )
    named: list[str] = json.loads(shown.stdout)
    return next(target.at(name.partition("@")[2]) for name in named if name.startswith(f"{target.repository}@"))


def push_with(token: str, target: Target, say: Say | None = None) -> None:
    """Push the image with a token that ECR gave; raises TfServingError if ECR does not take it."""
    with ExitStack() as stack:
        config = stack.enter_context(_logged_in(token, target))
        _docker("push", target.name, environment={"DOCKER_CONFIG": config}, say=say)


def _logged_in(token: str, target: Target) -> AbstractContextManager[str]:
    """Give a folder of Docker configuration with a token for the registry, which is gone afterwards."""
    folder = tempfile.TemporaryDirectory()
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    for path in own.iterdir() if own.is_dir() else ():
        if path.name != "config.json":
            Path(folder.name, path.name).symlink_to(path.resolve())
    settings = json.loads((own / "config.json").read_text()) if (own / "config.json").exists() else {}
    registry = target.repository.partition("/")[0]
    Path(folder.name, "config.json").write_text(json.dumps(_with_token(settings, registry, token)))
    return folder


def _with_token(settings: Mapping[str, Any], registry: str, token: str) -> dict[str, Any]:
    # A credential store or helper would be asked instead of the token.
    kept = {key: value for key, value in settings.items() if key not in ("auths", "credsStore", "credHelpers")}
    assert base64.b64decode(token).startswith(b"AWS:")
    return {**kept, "auths": {registry: {"auth": token}}}


def _docker(
    command: str, *arguments: str, environment: Mapping[str, str] | None = None, say: Say | None = None
) -> None:
    try:
        running = subprocess.Popen(
            ["docker", command, *arguments],
            stdin=subprocess.DEVNULL,
            # Docker draws its progress where standard error is a terminal.
            stdout=subprocess.PIPE if say else 2,
            stderr=subprocess.STDOUT if say else None,
            env={**os.environ, **(environment or {})},
            text=True,
            errors="replace",
        )
    except FileNotFoundError:
        raise TfServingError("The docker command is not on PATH. Install Docker, or build elsewhere.") from None
    last = _followed(running, say)
    if running.returncode:
        end = "\n".join([":", *last]) if say else "; see the lines above."
        raise TfServingError(f"`docker {command}` ended with exit code {running.returncode}{end}")


def _followed(running: subprocess.Popen[str], say: Say | None) -> deque[str]:
    """Wait for a command's end and give the last it said, if anybody listens."""
    last: deque[str] = deque(maxlen=_LINES_OF_A_FAILURE)
    with running:
        for line in running.stdout or ():
            last.append(line.rstrip())
            if say:
                say(last[-1])
    return last
