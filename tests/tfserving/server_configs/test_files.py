from collections.abc import Callable
from pathlib import Path

import pytest

from tfserving.errors import ServerConfigError
from tfserving.server_configs import check_server_configs, find_server_configs

MODELS = 'model_config_list { config { name: "a" } }'
PROJECT = Path(__file__).parents[3]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files given as path and content below configs/ of a project."""

    def write_all(files: dict[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / "configs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write_all


def complaints(root: Path, stack: str = "dev") -> list[str]:
    with pytest.raises(ServerConfigError) as caught:
        find_server_configs(root, stack)
    return [str(problem) for problem in caught.value.problems]


def test_a_stacks_own_file_goes_before_the_default(write: Write) -> None:
    root = write(
        {
            "default/models.config": "# default",
            "default/batching.config": "# batching",
            "dev/models.config": "# dev",
        }
    )
    files = find_server_configs(root, "dev")
    assert (files.models.path, files.models.text) == ("configs/dev/models.config", "# dev")
    assert files.batching
    assert files.batching.path == "configs/default/batching.config"
    assert find_server_configs(root, "prod").models.text == "# default"


def test_an_absent_file_switches_its_feature_off(write: Write) -> None:
    files = find_server_configs(write({"default/models.config": MODELS}), "dev")
    assert (files.batching, files.monitoring, files.session) == (None, None, None)


def test_a_stacks_own_file_of_comments_switches_off_what_the_default_switches_on(write: Write) -> None:
    root = write(
        {
            "default/models.config": MODELS,
            "default/batching.config": "num_batch_threads { value: 4 }",
            "default/monitoring.config": "prometheus_config { enable: true }",
            "dev/batching.config": "# no batching here\n\n  # really\n",
            "dev/monitoring.config": "",
        }
    )
    files = find_server_configs(root, "dev")
    assert files.batching is None
    assert files.monitoring is not None  # an empty file is a slip, and refused as one
    assert find_server_configs(root, "prod").batching is not None


def test_a_stack_needs_no_defaults(write: Write) -> None:
    assert find_server_configs(write({"dev/models.config": MODELS}), "dev").models.path == "configs/dev/models.config"


def test_another_stacks_files_are_not_looked_at(write: Write) -> None:
    root = write({"default/models.config": MODELS, "prod/nonsense": "", "prod/models.config": b"\xff"})
    assert find_server_configs(root, "dev").models.text == MODELS


def test_a_project_without_configs_is_refused(tmp_path: Path) -> None:
    assert complaints(tmp_path) == ["configs/: The folder is missing. Create configs/default/models.config in it."]


def test_missing_models_are_refused_with_both_places(write: Write) -> None:
    assert complaints(write({"default/batching.config": ""})) == [
        "configs/dev/models.config: The file is missing, and so is configs/default/models.config. "
        "Create one of them and name a model in it.",
    ]


@pytest.mark.parametrize("folder", ["dev", "default"])
def test_a_misspelt_file_is_refused_with_the_name_that_was_meant(write: Write, folder: str) -> None:
    root = write({"default/models.config": MODELS, f"{folder}/batch.config": ""})
    assert complaints(root) == [
        f"configs/{folder}/batch.config: Nothing reads this; a stack's folder holds the files models.config, "
        "batching.config, monitoring.config, session.config only. Perhaps 'batching.config' was meant.",
    ]


def test_a_folder_in_a_stacks_folder_is_refused(write: Write) -> None:
    root = write({"default/models.config": MODELS, "dev/models.config/x": ""})
    assert complaints(root)[0].startswith("configs/dev/models.config: Nothing reads this;")


def test_notes_and_hidden_files_may_lie_beside(write: Write) -> None:
    root = write({"default/models.config": MODELS, "default/README.md": "", "dev/.gitkeep": ""})
    assert find_server_configs(root, "dev").models.text == MODELS


def test_a_file_that_is_not_utf_8_is_refused_at_the_byte(write: Write) -> None:
    root = write({"default/models.config": "# fine\n# \u00fc".encode() + b" \xff"})
    assert complaints(root) == ["configs/default/models.config:2:5: This byte is not UTF-8. Save the file as UTF-8."]


def test_a_file_that_cannot_be_read_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    root = write({"default/models.config": MODELS})
    monkeypatch.setattr(Path, "read_bytes", denied)
    [complaint] = complaints(root)
    assert complaint == (
        "configs/default/models.config: The file cannot be read: Permission denied. Mend its permissions."
    )


def test_absent_files_have_no_mistakes(write: Write) -> None:
    assert check_server_configs(find_server_configs(write({"dev/models.config": MODELS}), "dev")) == []


def test_every_mistake_of_the_layout_comes_at_once(write: Write) -> None:
    root = write({"default/monitoring.config": b"\xff", "dev/model.config": MODELS})
    assert [complaint.partition(": ")[0] for complaint in complaints(root)] == [
        "configs/dev/model.config",
        "configs/dev/models.config",
        "configs/default/monitoring.config:1:1",
    ]


def test_every_mistake_of_every_file_comes_at_once(write: Write) -> None:
    root = write(
        {
            "default/models.config": 'model_config_list {config {name: "a" base_path: "s3://x/models/a"}}',
            "default/monitoring.config": "",
            "default/session.config": "use_tfrt: true",
            "dev/batching.config": "num_batch_threads { }",
        },
    )
    problems = check_server_configs(find_server_configs(root, "dev"), bucket="store")
    assert [problem.where for problem in problems] == [
        "configs/default/models.config:1:49",
        "configs/dev/batching.config:1:1",
        "configs/default/monitoring.config:1:1",
        "configs/default/session.config:1:1",
    ]


def test_the_projects_own_defaults_pass() -> None:
    files = find_server_configs(PROJECT, "default")
    assert files.batching
    assert files.monitoring
    assert check_server_configs(files, bucket="any") == []
