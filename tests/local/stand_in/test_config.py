from pathlib import Path

import pytest

from local.stand_in.config import (
    ConfigKind,
    Model,
    VersionPolicy,
    check_models,
    check_platforms_known,
    check_platforms_unchanged,
    read_models,
    single_model,
)
from local.stand_in.status import Code, StatusError

WHOLE = """
model_config_list {
  config {
    name: "digits"
    base_path: "/models/digits"
    model_platform: "tensorflow"
    model_version_policy { specific { versions: 1 versions: 2 } }
    version_labels { key: "stable" value: 1 }
  }
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "models.config"


def test_a_config_is_read_whole(file: Path) -> None:
    file.write_text(WHOLE)
    config = read_models(str(file))
    assert config.kind is ConfigKind.MODELS
    assert config.models == (
        Model(
            name="digits",
            base_path="/models/digits",
            platform="tensorflow",
            policy=VersionPolicy(kind="specific", versions=(1, 2)),
            labels={"stable": 1},
        ),
    )


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("", VersionPolicy()),
        ("latest { num_versions: 3 }", VersionPolicy(count=3)),
        ("latest { num_versions: 0 }", VersionPolicy(count=1)),
        ("all {}", VersionPolicy(kind="all")),
        ("specific {}", VersionPolicy(kind="specific")),
    ],
)
def test_a_policy_is_read(file: Path, text: str, policy: VersionPolicy) -> None:
    file.write_text(f'model_config_list {{ config {{ name: "m" model_version_policy {{ {text} }} }} }}')
    assert read_models(str(file)).models[0].policy == policy


def test_a_file_of_zero_bytes_is_refused(file: Path) -> None:
    file.touch()
    with pytest.raises(StatusError, match="Invalid argument"):
        read_models(str(file))


def test_a_file_of_blanks_and_comments_is_a_config_that_is_not_set(file: Path) -> None:
    file.write_text("# nothing yet\n\n")
    assert read_models(str(file)).kind is ConfigKind.NOT_SET


def test_an_empty_list_is_a_config(file: Path) -> None:
    file.write_text("model_config_list {}")
    config = read_models(str(file))
    assert (config.kind, config.models) == (ConfigKind.MODELS, ())


def test_a_missing_file_is_refused(file: Path) -> None:
    with pytest.raises(StatusError) as refused:
        read_models(str(file))
    assert refused.value.code is Code.NOT_FOUND


@pytest.mark.parametrize("text", ["model_config_list {", 'model_config_list { config { nmae: "m" } }', "\udcff"])
def test_bad_text_is_refused(file: Path, text: str) -> None:
    file.write_text(text, errors="surrogateescape")
    with pytest.raises(StatusError, match="Invalid protobuf file"):
        read_models(str(file))


def test_a_logging_config_is_noticed(file: Path) -> None:
    file.write_text('model_config_list { config { name: "m" logging_config {} } }')
    assert read_models(str(file)).models[0].logged


def test_the_single_model_of_the_flags_is_a_config_too() -> None:
    (model,) = single_model("m", "/models/m").models
    assert (model.name, model.base_path, model.platform) == ("m", "/models/m", "tensorflow")


def test_a_duplicate_name_is_refused() -> None:
    with pytest.raises(StatusError, match="multiple times"):
        check_models([Model("m", "/a"), Model("m", "/b")])


def test_a_relative_base_path_is_refused() -> None:
    with pytest.raises(StatusError, match="absolute path or URI"):
        check_models([Model("m", "models/m")])


def test_a_uri_is_a_base_path() -> None:
    check_models([Model("m", "s3://bucket/models/m")])


def test_a_platform_may_not_change() -> None:
    with pytest.raises(StatusError, match="change a model's platform"):
        check_platforms_unchanged([Model("m", "/m", platform="other")], [Model("m", "/m")])


def test_a_current_entry_without_platform_fails_every_later_check() -> None:
    with pytest.raises(StatusError, match="neither"):
        check_platforms_unchanged([Model("m", "/m", platform="")], [Model("m", "/m")])


def test_a_platform_given_in_both_ways_is_refused() -> None:
    with pytest.raises(StatusError, match="both"):
        check_platforms_known([Model("m", "/m", type=1)])


def test_the_deprecated_model_type_is_a_platform() -> None:
    check_platforms_known([Model("m", "/m", platform="", type=1)])


@pytest.mark.parametrize("model", [Model("m", "/m", platform="tensorfow"), Model("m", "/m", platform="", type=2)])
def test_an_unknown_platform_is_refused(model: Model) -> None:
    with pytest.raises(StatusError, match=r"not supported|unsupported"):
        check_platforms_known([model])
