import platform

import pytest

from bootstrap import versions
from bootstrap.errors import SetupError
from bootstrap.go_modules import MODULES


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.250.0", (3, 250, 0)),
        ("2.40.3-desktop.1", (2, 40, 3)),
        ("2.40.3+ds1-0ubuntu1", (2, 40, 3)),
        ("1.25", (1, 25)),
        ("unknown", None),
        ("", None),
    ],
)
def test_versions_are_read_as_programs_print_them(text: str, version: versions.Version | None) -> None:
    assert versions.parse(text) == version


def test_pinned_versions_are_recent_enough_to_be_used() -> None:
    for version in (versions.PULUMI_RELEASE.version, versions.PULUMI_MODULE.version):
        parsed = versions.parse(version)
        assert parsed is not None
        assert parsed >= versions.PULUMI_OLDEST


def test_a_machine_without_a_release_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(SetupError, match=r"no release for 'riscv64', only for x86_64, aarch64\."):
        _ = versions.PULUMI_RELEASE.download_url


def test_modules_are_built_from_the_versions_their_go_files_lock() -> None:
    locked = (MODULES / "pulumi/go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{versions.PULUMI_MODULE.version}" in locked
    locked = (MODULES / "compose/go.mod").read_text()
    assert f"github.com/docker/compose/v2 v{versions.COMPOSE_MODULE.version}" in locked
