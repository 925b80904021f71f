"""The rehearsal's images, tagged by what they are made of and built only when that changes."""

import hashlib
import io
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import docker
from docker.errors import DockerException, ImageNotFound

from bootstrap import compose_plugin, debian_packages
from local.cloud.certificates import Authority
from tfserving.errors import TfServingError

Report = Callable[[str], None]
LOCAL: Final = Path(__file__).parents[1]
REPOSITORY: Final = "tfserving-aws-local"
DEBIAN: Final = "debian:bookworm-slim"
SUITE: Final = "bookworm"
HOST_CA_BUNDLE: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_BASE: Final = f"{REPOSITORY}/base:{SUITE}"
_TELL_EVERY_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Recipe:
    """How an image is built: on which other, with which files of local/ in the context."""

    base: str
    dockerfile: str
    paths: tuple[str, ...] = ()


RECIPES: Final = {
    "python": Recipe("base", "images/python.Dockerfile"),
    "aws": Recipe(
        "python",
        "images/aws.Dockerfile",
        ("__init__.py", "aws", "codebuild", "data_plane", "ec2", "watchers", "images/aws-requirements.txt"),
    ),
    "machine": Recipe("python", "images/machine.Dockerfile", ("images/machine", "ec2/metadata.py")),
    "builder": Recipe("machine", "images/builder.Dockerfile", ("__init__.py", "builder", "images/builder")),
    "bazel": Recipe("python", "images/bazel.Dockerfile", ("images/bazel",)),
    "stand-in": Recipe("python", "images/stand_in.Dockerfile", ("__init__.py", "stand_in")),
}


class Images:
    """Builds what is missing; each image's tag is a hash of its inputs and of its base's tag."""

    def __init__(self, client: docker.DockerClient, authority: Authority, report: Report) -> None:
        self._client = client
        self._authority = authority
        self._report = report
        self._tags: dict[tuple[str, str], str] = {}

    def ensure(self, name: str, release: str = "") -> str:
        """Give an image, building it and what it stands on if need be; a release is the stand-in's to speak as."""
        if name == "base":
            return self._base()
        base = self.ensure(RECIPES[name].base)
        tag = self.tag(name, release)
        if not self._exists(tag):
            context = dict(self._context(name, RECIPES[name]))
            self._build(name, tag, {"BASE": base, **({"RELEASE": release} if release else {})}, context)
        return tag

    def tag(self, name: str, release: str = "") -> str:
        """Give the name that an image has or would have, without building it."""
        if name == "base":
            return _BASE
        # What goes into a machine is large, and others stand on it.
        if (name, release) not in self._tags:
            self._tags[name, release] = self._derived_tag(name, release)
        return self._tags[name, release]

    def _derived_tag(self, name: str, release: str) -> str:
        recipe = RECIPES[name]
        digest = _digest(self.tag(recipe.base), dict(self._context(name, recipe)))
        return f"{REPOSITORY}/{name}:{f'{release}-{digest}' if release else digest}"

    def _exists(self, tag: str) -> bool:
        try:
            self._client.images.get(tag)
        except ImageNotFound:
            return False
        return True

    def _base(self) -> str:
        if not self._exists(_BASE) and not self._pull_base(_BASE):
            self._bootstrap_base(_BASE)
        return _BASE

    def _pull_base(self, tag: str) -> bool:
        try:
            return bool(self._client.images.pull(DEBIAN).tag(tag))
        except DockerException:
            self._report(f"  {DEBIAN} cannot be pulled; it is made of Debian's packages.")
            return False

    def _bootstrap_base(self, tag: str) -> None:
        debian_packages.ensure("mmdebstrap")
        command = ["mmdebstrap", "--variant=minbase", "--include=ca-certificates", "--quiet", SUITE, "-"]
        with _Patience(self._report, "base"):
            made = subprocess.run(command, capture_output=True, check=False)
            if made.returncode:
                raise TfServingError(f"mmdebstrap failed: {made.stderr.decode(errors='replace')[-2000:]}")
            repository, version = tag.split(":")
            self._client.api.import_image_from_data(made.stdout, repository=repository, tag=version)

    def _context(self, name: str, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
        yield "Dockerfile", (LOCAL / recipe.dockerfile).read_bytes()
        for path in recipe.paths:
            for file in _files(LOCAL / path):
                yield str(file.relative_to(LOCAL)), file.read_bytes()
        if name == "python":
            authority = self._authority.certificate_file.read_bytes()
            host = HOST_CA_BUNDLE.read_bytes() if HOST_CA_BUNDLE.exists() else b""
            yield "rehearsal-ca.crt", authority
            yield "ca-bundle.crt", host + b"\n" + authority
        if name == "machine":
            yield "docker-compose", compose_plugin.binary().read_bytes()

    def _build(self, name: str, tag: str, arguments: dict[str, str], context: dict[str, bytes]) -> None:
        with _Patience(self._report, name) as patience:
            steps = self._client.api.build(
                fileobj=_tar(context),
                custom_context=True,
                tag=tag,
                buildargs=arguments,
                labels={IMAGE_LABEL: name},
                network_mode="host",
                rm=True,
                forcerm=True,
                decode=True,
            )
            for step in steps:
                if "error" in step:
                    raise TfServingError(
                        f"The rehearsal's image {name!r} could not be built: {patience.tail(step['error'])}"
                    )
                patience.heard(str(step.get("stream", "")))


IMAGE_LABEL: Final = "tfserving-aws.image"


class _Patience:
    """Tells of a long step every ten seconds, with the last line it said."""

    def __init__(self, report: Report, what: str) -> None:
        self._report = report
        self._what = what
        self._lines: list[str] = []

    def __enter__(self) -> "_Patience":
        self._began = self._told = time.monotonic()
        self._report(f"  building the image {self._what!r}")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        if kind is None:
            self._report(f"  built the image {self._what!r} in {time.monotonic() - self._began:.0f} s")

    def heard(self, text: str) -> None:
        """Take output of the step."""
        self._lines += [line for line in text.splitlines() if line.strip()]
        del self._lines[:-30]
        if self._lines and time.monotonic() - self._told > _TELL_EVERY_SECONDS:
            self._told = time.monotonic()
            self._report(f"    {self._what}, {self._told - self._began:.0f} s: {self._lines[-1][:100]}")

    def tail(self, error: str) -> str:
        """Give an error with the lines before it."""
        return "\n".join([error, *self._lines])


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


def _digest(base: str, context: dict[str, bytes]) -> str:
    digest = hashlib.sha256(base.encode())
    for path, content in sorted(context.items()):
        digest.update(f"\0{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _tar(context: dict[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in context.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o755 if path.endswith(".sh") else 0o644
            tar.addfile(entry, io.BytesIO(content))
    packed.seek(0)
    return packed
