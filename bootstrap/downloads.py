"""Downloads that fail fast, and are used only when their SHA-256 sum is the published one."""

import hashlib
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Final, Protocol
from urllib.parse import urlsplit

from bootstrap.errors import ChecksumError, UnreachableError
from bootstrap.reporting import Heartbeat
from bootstrap.versions import Release

# Also between two pieces of a download; a server behind a filter that drops packets is given up after this.
TIMEOUT_SECONDS: Final = 5
PIECE: Final = 1 << 20


class Downloader(Protocol):
    """Fetches an address into a file."""

    def __call__(self, url: str, file: Path) -> None:
        """Raise UnreachableError if that is not possible."""


def download(url: str, file: Path) -> None:
    """Fetch over HTTPS; proxies and SSL_CERT_FILE of the environment are honoured by the standard library."""
    heartbeat = Heartbeat(f"downloading {file.name}")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response, file.open("wb") as output:  # noqa: S310
            _copy(response, output, heartbeat)
    except (OSError, ValueError) as error:  # URLError is an OSError
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise UnreachableError(f"{urlsplit(url).hostname} does not hand out {file.name}: {reason}.") from error


def fetch_release(release: Release, folder: Path, downloader: Downloader = download) -> Path:
    """Download a release and its sum into a folder; gives the file, verified.

    Raises UnreachableError, or ChecksumError if the file is not the published one.
    """
    sums, file = folder / "published-sums", folder / release.file
    downloader(release.checksums_url, sums)
    downloader(release.download_url, file)
    verify(file, published_sum(sums.read_text(), file.name, release.checksums_url))
    sums.unlink()
    return file


def published_sum(sums: str, name: str, source: str) -> str:
    """Find the sum of a file in lines of `<sum>  <name>` (or `<sum> *<name>`)."""
    for line in sums.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].lstrip("*") == name:
            return words[0].lower()
    raise ChecksumError(f"{source} has no sum for {name!r}; the download cannot be verified and is not used.")


def verify(file: Path, expected: str) -> None:
    """Delete a file whose SHA-256 sum is not the expected one, and raise ChecksumError with both."""
    with file.open("rb") as content:
        actual = hashlib.file_digest(content, "sha256").hexdigest()
    if actual != expected:
        file.unlink()
        raise ChecksumError(
            f"{file.name} has the SHA-256 sum {actual}, but {expected} was published. The file was deleted. "
            "Try again; if it stays, something between here and the publisher alters downloads.",
        )


def _copy(response: IO[bytes], output: IO[bytes], heartbeat: Heartbeat) -> None:
    done = 0
    while piece := response.read(PIECE):
        output.write(piece)
        done += len(piece)
        heartbeat.beat(f", {done >> 20} MiB")
