"""A stack checked whole, from its folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tfserving.errors import TfServingError
from tfserving.stacks import check_stack, known_stacks, stack_name

PROJECT = Path(__file__).parents[3]
MODELS = 'model_config_list { config { name: "a" } }'
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files below a project that has a models.config and the stack dev, unless they are overruled by None."""

    def write_all(**files: str | bytes | None) -> Path:
        wanted: dict[str, str | bytes | None] = {
            "configs/default/models.config": MODELS,
            "Pulumi.dev.yaml": "config:\n",
        }
        for name, content in {**wanted, **files}.items():
            if content is not None:
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write_all


def complaints(root: Path, stack: str = "dev") -> list[str]:
    checked = check_stack(root, stack)
    assert all(problem.message.endswith((".", "?")) for problem in checked.problems)
    return [str(problem) for problem in checked.problems]


def test_every_stack_of_this_project_is_sound() -> None:
    stacks = known_stacks(PROJECT)
    assert {"dev", "local", "tutorial-long", "tutorial-short"} <= set(stacks)
    for stack in stacks:
        checked = check_stack(PROJECT, stack)
        assert (checked.problems, f"Pulumi.{stack}.yaml" in checked.files) == ((), True)


@pytest.mark.parametrize("text", ["dev", "organization/dev", "organization/project/dev"])
def test_the_last_part_of_a_full_name_is_the_stack(text: str) -> None:
    assert stack_name(text) == "dev"
    assert check_stack(PROJECT, text) == check_stack(PROJECT, "dev")


@pytest.mark.parametrize(
    "text", ["", "/", "dev/", "/dev", "..", "../dev", "a/b/c/d", "de v", "d\u00e9v", "dev\n", "x" * 101]
)
def test_what_can_be_no_stacks_name_is_an_error(text: str) -> None:
    with pytest.raises(TfServingError, match="names no stack"):
        check_stack(PROJECT, text)


@pytest.mark.parametrize(
    ("stack", "meant"), [("dve", "Perhaps 'dev' was meant. "), ("DEV", "Perhaps 'dev' was meant. "), ("zzz", "")]
)
def test_a_stack_that_is_not_there_is_told_with_those_that_are(write: Write, stack: str, meant: str) -> None:
    root = write(**{"configs/prod/models.config": MODELS})
    assert complaints(root, stack) == [
        f"--stack: '{stack}' is no stack of this folder: it has neither Pulumi.{stack}.yaml nor configs/{stack}/. "
        f"{meant}The stacks there are: dev, prod."
    ]


def test_without_any_stack_the_way_to_one_is_told(write: Write) -> None:
    root = write(**{"Pulumi.dev.yaml": None})
    assert complaints(root)[0].endswith("There is no stack: run `pulumi stack init`.")


def test_a_folder_of_server_configs_or_a_settings_file_makes_a_stack(write: Write) -> None:
    root = write(**{"configs/prod/batching.config": "max_batch_size { value: 8 }"})
    assert complaints(root, "prod") == complaints(root, "dev") == complaints(root, "default") == []
    assert check_stack(root, "dev").files == ("configs/default/models.config", "Pulumi.dev.yaml")
    assert "Pulumi.prod.yaml" not in check_stack(root, "prod").files


def test_a_settings_mistake_is_told_at_its_line(write: Write) -> None:
    root = write(
        **{"Pulumi.dev.yaml": "config:\n  tfserving:callerCidrs:\n    - 10.0.0.5/8\n  tfserving:amy: latest\n"}
    )
    amy, cidr = complaints(root)
    assert amy.startswith("Pulumi.dev.yaml:4:3: tfserving:amy: is not a setting. ")
    assert cidr.startswith("Pulumi.dev.yaml:2:3: tfserving:callerCidrs.0: '10.0.0.5/8' has host bits set")


def test_the_settings_of_the_projects_own_name_count(write: Write) -> None:
    stack = "config:\n  serving:amy: 1\n  tfserving:amy: 1\n"
    [complaint] = complaints(write(**{"Pulumi.yaml": "name: serving\n", "Pulumi.dev.yaml": stack}))
    assert complaint.startswith("Pulumi.dev.yaml:2:3: ")


def test_an_encrypted_setting_is_skipped_and_nothing_said_on_account_of_it(write: Write) -> None:
    stack = """config:
  tfserving:vpcId: {secure: v1:abc}
  tfserving:subnetIds: [subnet-0123abcd]
"""
    checked = check_stack(write(**{"Pulumi.dev.yaml": stack}), "dev")
    assert (checked.problems, checked.skipped) == ((), ("vpcId",))


def test_an_encrypted_setting_that_does_not_exist_is_told(write: Write) -> None:
    [complaint] = complaints(write(**{"Pulumi.dev.yaml": "config:\n  tfserving:zzz: {secure: v1:abc}\n"}))
    assert "tfserving:zzz: is not a setting." in complaint


def test_a_flag_that_needs_batching_is_refused_without_its_file(write: Write) -> None:
    stack = "config:\n  tfserving:serverFlags:\n    enable_per_model_batching_parameters: true\n"
    [complaint] = complaints(write(**{"Pulumi.dev.yaml": stack}))
    assert "the stack has no batching.config" in complaint
    assert complaints(write(**{"configs/dev/batching.config": "max_batch_size { value: 8 }"})) == []


@pytest.mark.parametrize(("flags", "sound"), [("{}", False), ("{rest_api_timeout_in_ms: 60001}", True)])
def test_a_batch_does_not_wait_longer_than_a_rest_call_may_take(write: Write, flags: str, sound: bool) -> None:
    files = {
        "configs/dev/batching.config": "batch_timeout_micros { value: 60000000 }",
        "Pulumi.dev.yaml": f"config:\n  tfserving:serverFlags: {flags}\n",
    }
    found = complaints(write(**files))
    assert (found == []) is sound
    assert all(complaint.startswith("configs/dev/batching.config: ") and "504" in complaint for complaint in found)


@pytest.mark.parametrize(
    ("name", "fragment"),
    [
        ("configs/models.config", "configs/models.config: Nothing reads this; server configs lie in"),
        ("configs/dev/models.conf", "Perhaps 'models.config' was meant."),
        ("configs/dev/model.config", "Perhaps 'models.config' was meant."),
        ("configs/dev/Models.config", "Perhaps 'models.config' was meant."),
        ("configs/dev/BATCHING.CONFIG", "Perhaps 'batching.config' was meant."),
        ("configs/dev/notes.txt", "Rename or remove it."),
        ("configs/dev/models.config/x", "Nothing reads this"),
        ("Pulumi.dev.yml", "Pulumi.dev.yml: Nothing reads this: Pulumi looks for Pulumi.dev.yaml"),
        ("Pulumi.prod.json", "Pulumi looks for Pulumi.prod.yaml"),
    ],
)
def test_a_file_that_nobody_reads_is_told(write: Write, name: str, fragment: str) -> None:
    [complaint] = complaints(write(**{name: "x"}))
    assert fragment in complaint


def test_a_folder_in_another_case_is_another_stack(write: Write) -> None:
    root = write(**{"Pulumi.dev.yaml": None, "configs/Dev/models.config": MODELS})
    assert "Perhaps 'Dev' was meant." in complaints(root)[0]


@pytest.mark.parametrize("folder", ["Dev", "Default"])
def test_a_folder_in_another_case_than_its_stacks_is_told(write: Write, folder: str) -> None:
    [complaint] = complaints(write(**{f"configs/{folder}/models.config": MODELS}))
    assert complaint == (
        f"configs/{folder}/: Nothing reads this: the folder of {folder.lower()!r} is configs/{folder.lower()}/. "
        "Rename it."
    )


def test_two_stacks_may_differ_by_case(write: Write) -> None:
    assert complaints(write(**{"configs/Dev/models.config": MODELS, "Pulumi.Dev.yaml": ""})) == []


def test_every_mistake_of_every_file_comes_at_once(write: Write) -> None:
    root = write(
        **{
            "configs/default/models.config": "nope",
            "configs/dev/batching.config": "max_batch_size { value: 0 }",
            "Pulumi.dev.yaml": "config:\n  tfserving:deletion: never\n",
        }
    )
    assert [complaint.split(": ")[0] for complaint in complaints(root)] == [
        "configs/default/models.config:1:1",
        "configs/dev/batching.config:1:25",
        "Pulumi.dev.yaml:2:3",
    ]


@pytest.mark.parametrize("name", ["configs", "configs/default"])
def test_a_file_in_a_folders_place_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("x")
    assert complaints(tmp_path)


def test_an_empty_folder_and_none_at_all_are_told(tmp_path: Path) -> None:
    assert any("configs/: The folder is missing." in complaint for complaint in complaints(tmp_path))
    assert "does not exist" in complaints(tmp_path / "absent")[0]
    (tmp_path / "file").write_text("")
    assert "is no folder" in complaints(tmp_path / "file")[0]


def test_what_cannot_be_read_is_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    root = write()
    monkeypatch.setattr(Path, "iterdir", denied)
    monkeypatch.setattr(Path, "read_text", denied)
    found = complaints(root)
    assert len(found) == 3
    assert all("This cannot be read: Permission denied." in complaint for complaint in found)


def test_a_settings_file_that_is_not_utf_8_is_told(write: Write) -> None:
    assert complaints(write(**{"Pulumi.dev.yaml": b"config:\n  a: \xff\n"})) == [
        "Pulumi.dev.yaml: The file is not UTF-8. Save it as UTF-8."
    ]
