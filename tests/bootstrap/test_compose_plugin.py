from pathlib import Path

import pytest

from bootstrap import compose_plugin, debian_packages, go_modules, versions
from bootstrap.errors import SetupError, UnreachableError
from tests.bootstrap.conftest import write_program


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose_plugin.find, "__defaults__", ((),))
    monkeypatch.setattr(debian_packages, "is_installable", lambda: False)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    built: list[str] = []

    def build(module: versions.GoModule, program: Path) -> None:
        built.append(module.package)
        write_program(program, f"echo {module.version}")

    monkeypatch.setattr(go_modules, "build", build)
    return built


def unreachable(url: str, file: Path) -> None:
    raise UnreachableError(f"{url} is not reachable.")


def test_a_plugin_of_the_system_is_used_behind_its_link(tmp_path: Path) -> None:
    real = write_program(tmp_path / "real", "echo 2.30.0")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins/docker-compose").symlink_to(real)
    assert compose_plugin.find([tmp_path / "plugins"]) == real


@pytest.mark.parametrize("script", ["echo 1.29.2", "exit 1", "echo unknown"])
def test_the_retired_compose_and_broken_ones_are_passed_over(tmp_path: Path, script: str) -> None:
    write_program(tmp_path / "old/docker-compose", script)
    good = write_program(tmp_path / "good/docker-compose", "echo v2.40.3")
    assert compose_plugin.find([tmp_path / "old", tmp_path / "good"]) == good


def test_folders_of_dockers_own_configuration_are_searched(tmp_path: Path, home: Path) -> None:
    plugin = write_program(tmp_path / "extra/docker-compose", "echo 2.40.3")
    (home / ".docker").mkdir(parents=True)
    (home / ".docker/config.json").write_text(f'{{"cliPluginsExtraDirs": ["{tmp_path / "extra"}"]}}')
    assert compose_plugin.binary() == plugin


def test_a_built_plugin_is_linked_where_docker_looks(home: Path, builds: list[str]) -> None:
    found = compose_plugin.ensure(unreachable)
    assert (home / ".docker/cli-plugins/docker-compose").resolve() == found
    assert compose_plugin.binary() == found
    assert compose_plugin.ensure(unreachable) == found
    assert len(builds) == 1


def test_a_dangling_link_is_repaired(home: Path, builds: list[str]) -> None:
    link = home / ".docker/cli-plugins/docker-compose"
    link.parent.mkdir(parents=True)
    link.symlink_to(home / "gone")
    assert link.resolve() != compose_plugin.ensure(unreachable)
    assert compose_plugin.find() == link.resolve()


def test_without_a_plugin_the_message_names_the_command_that_gets_it() -> None:
    with pytest.raises(SetupError, match=r"no Compose plugin\. `python3 -m bootstrap --only compose`"):
        compose_plugin.binary()
