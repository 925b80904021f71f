"""What is installed, in which version, from where, and what proves it is the right thing."""

import platform
from dataclasses import dataclass
from typing import Final

from bootstrap.errors import SetupError

Version = tuple[int, ...]

# What the machine calls itself, and what Go and most releases call it.
ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Release:
    """A published binary, and the file with its SHA-256 sum; `{arch}` stands for the release's name of the machine."""

    version: str
    url: str
    sums_url: str
    architectures: dict[str, str]

    @property
    def file(self) -> str:
        """Name the file that is downloaded."""
        return self.download_url.rpartition("/")[2]

    @property
    def download_url(self) -> str:
        """Give the address for this machine."""
        return self._fill(self.url)

    @property
    def checksums_url(self) -> str:
        """Give the address of the file of sums for this machine."""
        return self._fill(self.sums_url)

    def _fill(self, template: str) -> str:
        machine = platform.machine()
        if machine not in self.architectures:
            raise SetupError(f"There is no release for {machine!r}, only for {', '.join(self.architectures)}.")
        return template.format(version=self.version, arch=self.architectures[machine])


@dataclass(frozen=True)
class GoModule:
    """A program built from its Go module; bootstrap/go/<folder>/go.sum holds the sums of every module in it."""

    version: str
    folder: str
    package: str
    version_variable: str


@dataclass(frozen=True)
class GoToolchain:
    """A Go toolchain as a module, and the SHA-256 sum of the archive that the module proxy hands out."""

    version: str
    module_version: str
    sha256: str


# The sum is of the archive that Go itself had fetched and held against Go's checksum database.
GO_TOOLCHAIN: Final = GoToolchain(
    version="1.25.11",
    module_version="v0.0.1-go1.25.11.linux-amd64",
    sha256="dbf20d78a456c1a53fc52c06f1660851cb115be9b0807caf1abc4aedf8c77c1b",
)

PULUMI_OLDEST: Final[Version] = (3, 250, 0)
# The tarball comes from Pulumi's own host, its sum from the release page on GitHub: two hosts have to agree.
PULUMI_RELEASE: Final = Release(
    version="3.272.0",
    url="https://get.pulumi.com/releases/sdk/pulumi-v{version}-linux-{arch}.tar.gz",
    sums_url="https://github.com/pulumi/pulumi/releases/download/v{version}/pulumi-{version}-checksums.txt",
    architectures={"x86_64": "x64", "aarch64": "arm64"},
)
# The newest that builds outside Pulumi's own repository: later ones need local replacements.
PULUMI_MODULE: Final = GoModule(
    version="3.250.0",
    folder="pulumi",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version_variable="github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
)

# Binary and sum come from the same release page: the sum proves a whole download, TLS proves where it came from.
COMPOSE_RELEASE: Final = Release(
    version="2.40.3",
    url="https://github.com/docker/compose/releases/download/v{version}/docker-compose-linux-{arch}",
    sums_url="https://github.com/docker/compose/releases/download/v{version}/docker-compose-linux-{arch}.sha256",
    architectures={"x86_64": "x86_64", "aarch64": "aarch64"},
)
COMPOSE_MODULE: Final = GoModule(
    version="2.40.3",
    folder="compose",
    package="github.com/docker/compose/v2/cmd",
    version_variable="github.com/docker/compose/v2/internal.Version",
)

ACTIONLINT_OLDEST: Final[Version] = (1, 7, 8)
# Binary and sum come from the same release page, as Compose's do.
ACTIONLINT_RELEASE: Final = Release(
    version="1.7.12",
    url="https://github.com/rhysd/actionlint/releases/download/v{version}/actionlint_{version}_linux_{arch}.tar.gz",
    sums_url="https://github.com/rhysd/actionlint/releases/download/v{version}/actionlint_{version}_checksums.txt",
    architectures=ARCHITECTURES,
)
ACTIONLINT_MODULE: Final = GoModule(
    version="1.7.12",
    folder="actionlint",
    package="github.com/rhysd/actionlint/cmd/actionlint",
    version_variable="github.com/rhysd/actionlint.version",
)


def parse(text: str) -> Version | None:
    """Read `v3.250.0`, with or without what follows the numbers; None if it is no version."""
    numbers = text.strip().lstrip("v").partition("-")[0].partition("+")[0].split(".")
    return tuple(int(number) for number in numbers) if all(number.isdecimal() for number in numbers) else None
