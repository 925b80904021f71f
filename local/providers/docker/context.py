"""What an image is built from: the files of a folder, and a Dockerfile that may lie elsewhere."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from docker.utils.build import exclude_paths

from local.providers.failures import ProviderError

# The Dockerfile's name within the context that is sent; nothing of the folder has it.
DOCKERFILE: Final = ".dockerfile.sent"
_IGNORE: Final = ".dockerignore"


@dataclass(frozen=True)
class BuildContext:
    """A folder, what of it is left out, and the Dockerfile."""

    folder: Path
    dockerfile: Path

    def digest(self) -> str:
        """Hash names, modes and contents of everything that is sent.

        Raises ProviderError if the folder or the Dockerfile is missing.
        """
        digest = hashlib.sha256()
        for part in (self._dockerfile_content(), *self._parts()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.hexdigest()

    def write(self, target: IO[bytes]) -> None:
        """Write the context as a tar archive, the Dockerfile in it as DOCKERFILE."""
        with tarfile.open(mode="w", fileobj=target) as archive:
            for path in self._paths():
                archive.add(path, arcname=str(path.relative_to(self.folder)), recursive=False)
            _add(archive, DOCKERFILE, self._dockerfile_content())
            # The engine reads these and keeps both files out of the image.
            _add(archive, _IGNORE, "\n".join([DOCKERFILE, _IGNORE]).encode())
        target.seek(0)

    def _parts(self) -> Iterator[bytes]:
        for path in self._paths():
            yield str(path.relative_to(self.folder)).encode()
            yield oct(path.lstat().st_mode).encode()
            if path.is_symlink():
                yield str(path.readlink()).encode()
            elif path.is_file():
                yield path.read_bytes()

    def _paths(self) -> list[Path]:
        if not self.folder.is_dir():
            raise ProviderError(f"the build context {str(self.folder)!r} is not a folder")
        kept = exclude_paths(str(self.folder), self._ignored())
        return sorted(self.folder / name for name in kept if name not in (_IGNORE, DOCKERFILE))

    def _ignored(self) -> list[str]:
        beside = self.dockerfile.with_name(f"{self.dockerfile.name}{_IGNORE}")
        source = beside if beside.exists() else self.folder / _IGNORE
        lines = source.read_text().splitlines() if source.exists() else []
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]

    def _dockerfile_content(self) -> bytes:
        try:
            return self.dockerfile.read_bytes()
        except OSError as error:
            raise ProviderError(f"the Dockerfile {str(self.dockerfile)!r} cannot be read: {error.strerror}") from None


def build_context(build: dict[str, Any], folder: Path) -> BuildContext:
    """Find the context of an image's `build` input; its paths are relative to the program's folder."""
    context = folder / build.get("context", ".")
    return BuildContext(context, folder / build["dockerfile"] if "dockerfile" in build else context / "Dockerfile")


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
