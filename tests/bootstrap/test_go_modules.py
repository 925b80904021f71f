from pathlib import Path

import pytest

from bootstrap import go_modules, versions
from bootstrap.errors import SetupError
from tests.bootstrap.conftest import Tool

GO = """
if [ "$1" = env ]; then echo go1.26.1; exit; fi
echo "$PWD $CGO_ENABLED $*" > "$HOME/built"
echo 'package x: cannot find' >&2
exit ${GO_EXIT:-0}
"""


def test_the_build_is_static_locked_and_carries_its_version(tool: Tool, home: Path) -> None:
    home.mkdir()
    tool("go", GO)
    go_modules.build(versions.COMPOSE_MODULE, home / "program")
    built = (home / "built").read_text()
    assert built.startswith(f"{go_modules.MODULES / 'compose'} 0 build -mod=readonly")
    assert f"internal.Version=v{versions.COMPOSE_MODULE.version}" in built


def test_a_failed_build_shows_the_end_of_its_log(tool: Tool, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    tool("go", GO)
    monkeypatch.setenv("GO_EXIT", "1")
    with pytest.raises(SetupError, match=r"go-build-compose\.log ends with:\n    package x: cannot find"):
        go_modules.build(versions.COMPOSE_MODULE, home / "program")
