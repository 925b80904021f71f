"""What a container image is built from, and the tag that follows from it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfserving.images.names import CONTENT_TAG_LENGTH


@dataclass(frozen=True, kw_only=True)
class ImageSource:
    """A Dockerfile, its build context and its arguments; paths are relative to the project's folder."""

    dockerfile: str
    context: str
    arguments: Mapping[str, str] = field(default_factory=dict)

    def tag(self, folder: Path) -> str:
        """Derive the image's tag from everything that goes into it, so that equal content never gets a second tag."""
        digest = hashlib.sha256()
        for part in self._parts(folder):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.hexdigest()[:CONTENT_TAG_LENGTH]

    def files(self, folder: Path) -> list[Path]:
        """List the files of the context, as .dockerignore lets them in."""
        return _context_files(folder / self.context)

    @property
    def build_arguments(self) -> list[str]:
        """Give the arguments as `docker build` takes them."""
        return [f"--build-arg={name}={value}" for name, value in self.arguments.items()]

    @property
    def bases(self) -> list[str]:
        """Name the images that the Dockerfile is built on."""
        return [value for name, value in self.arguments.items() if name.endswith("_IMAGE")]

    def _parts(self, folder: Path) -> Iterator[bytes]:
        yield (folder / self.dockerfile).read_bytes()
        for name, value in sorted(self.arguments.items()):
            yield f"{name}={value}".encode()
        for path in self.files(folder):
            yield str(path.relative_to(folder / self.context)).encode()
            yield b"x" if path.stat().st_mode & 0o100 else b"-"
            yield path.read_bytes()


def _context_files(context: Path) -> list[Path]:
    from docker.utils import exclude_paths  # the engine's own reading of .dockerignore, slow to import

    ignore = context / ".dockerignore"
    patterns = (
        [line for line in ignore.read_text().splitlines() if line and not line.startswith("#")]
        if ignore.exists()
        else []
    )
    paths = (context / name for name in exclude_paths(str(context), patterns))
    return sorted(path for path in paths if path.is_file())
