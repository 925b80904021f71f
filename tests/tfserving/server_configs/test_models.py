"""models.config, rule by rule."""

import pytest

from tfserving.errors import Problem
from tfserving.server_configs import check_models

SPECIFIC = "model_version_policy { specific { versions: 1 versions: 2 } }"


def one_model(body: str) -> str:
    """A file whose body begins at column 1 of line 2."""
    return "model_config_list { config {\n" + body + "\n} }"


def the_problem(text: str, bucket: str | None = None) -> Problem:
    [problem] = check_models(text, "configs/dev/models.config", bucket=bucket)
    return problem


def the_model_problem(body: str, bucket: str | None = None) -> Problem:
    return the_problem(one_model(body), bucket)


def assert_refused(problem: Problem, place: str, *fragments: str) -> None:
    assert problem.where == f"configs/dev/models.config:{place}"
    for fragment in fragments:
        assert fragment in problem.message
    assert problem.message.endswith(".")


def test_a_complete_config_is_accepted() -> None:
    text = one_model(
        f"""name: "digits", base_path: "s3://store/models/digits/"; model_platform: "tensorflow"
        {SPECIFIC} version_labels: [{{ key: "live" value: 2 }}, {{ key: 'old_1' value: 1 }}]""",
    )
    assert check_models(text, "m", bucket="store") == []
    assert check_models(text, "m") == []


@pytest.mark.parametrize(
    "policy", ["latest { num_versions: 2 }", "latest { }", "all: {}", "specific { versions: 0 }", ""]
)
def test_every_policy_is_accepted(policy: str) -> None:
    assert check_models(one_model('name: "a" model_version_policy {' + policy + "}"), "m") == []


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_a_file_that_says_nothing_is_refused(text: str) -> None:
    assert_refused(the_problem(text), "1:1", "names no model", "zero bytes")


@pytest.mark.parametrize("text", ["\nmodel_config_list {}", "\nmodel_config_list { config: [] }"])
def test_an_empty_list_is_refused_because_it_unloads_everything(text: str) -> None:
    assert_refused(the_problem(text), "2:1", "unload every model")


def test_a_custom_config_is_refused_because_it_crashes_the_server() -> None:
    assert_refused(the_problem('custom_model_config { type_url: "x" }'), "1:1", "crashes")


def test_broken_text_gives_its_own_problem_only() -> None:
    assert_refused(the_problem("model_config_list {"), "1:19", "never closed")


def test_a_misspelt_list_is_not_called_an_empty_file_too() -> None:
    problem = the_problem('model_config_lst { config { name: "a" } }')
    assert_refused(problem, "1:1", "Perhaps 'model_config_list' was meant")


def test_a_model_without_a_name_is_refused() -> None:
    assert_refused(the_problem("model_config_list {\n  config {\n}\n}"), "2:3", "has no name")


def test_a_misspelt_name_is_not_called_missing_too() -> None:
    assert_refused(the_model_problem('nam: "a"'), "2:1", "Perhaps 'name' was meant")


def test_an_empty_name_is_refused() -> None:
    assert_refused(the_model_problem('name: ""'), "2:7", "name is empty")


@pytest.mark.parametrize("name", ["a/b", "a b", "..", "123", "1.2", "ümlaut", "a\\n"])
def test_a_name_the_store_cannot_hold_is_refused(name: str) -> None:
    assert_refused(the_model_problem(f'name: "{name}"'), "2:7", "cannot be a folder of the model store")


def test_a_duplicate_model_is_refused_with_both_places() -> None:
    text = 'model_config_list {\n  config { name: "a" }\n  config { name: "b" }\n  config { name: \'a\' }\n}'
    assert_refused(the_problem(text), "4:18", "'a' is named twice", "first at configs/dev/models.config:2:18")


def test_a_wrong_platform_is_refused() -> None:
    problem = the_model_problem('name: "a" model_platform: "tensorflwo"')
    assert_refused(problem, "2:27", "'tensorflwo'", "must be 'tensorflow'", "until it is restarted")


def test_a_deprecated_model_type_is_refused() -> None:
    assert_refused(the_model_problem('name: "a" model_type: TENSORFLOW'), "2:23", "deprecated")


def test_a_logging_config_is_refused_because_the_server_would_not_start() -> None:
    assert_refused(the_model_problem('name: "a" logging_config { }'), "2:11", "would not start")


class TestBasePath:
    def test_the_folder_of_all_models_is_refused(self) -> None:
        problem = the_model_problem('name: "a"\nbase_path: "s3://b/models"')
        assert_refused(problem, "3:12", "the folder of all models", "write 's3://<bucket>/models/a'")

    @pytest.mark.parametrize(
        ("path", "fragment"),
        [
            ("models/a", "is relative, which TensorFlow Serving refuses"),
            ("", "is empty"),
            ("/models/a", "is a folder of one machine"),
            ("gs://b/models/a", "is outside of the model store"),
            ("s3://b/a", "is outside of the model store"),
            ("s3://b", "is outside of the model store"),
            ("s3://b/models/", "is the folder of all models"),
            ("s3://b/models/a/7", "is the folder of one version"),
            ("s3://b/models/a/b", "is a folder below a model's own"),
            ("s3://b/models/c", "belongs to another model, not to 'a'"),
            ("s3://b/models/A", "belongs to another model, not to 'a'"),
            ("s3:///models/a", "names no bucket"),
            ("s3://c/models/a", "is in another bucket than this stack's model store, 'b'"),
        ],
    )
    def test_anything_but_the_models_own_folder_is_refused(self, path: str, fragment: str) -> None:
        problem = the_model_problem(f'name: "a" base_path: "{path}"', bucket="b")
        assert_refused(problem, "2:22", repr(path), fragment, "write 's3://b/models/a'")

    def test_any_bucket_is_accepted_while_the_own_one_is_unknown(self) -> None:
        assert check_models(one_model('name: "a" base_path: "s3://whatever/models/a"'), "m") == []

    def test_an_unusable_name_is_not_held_against_the_path(self) -> None:
        problem = the_model_problem('name: "1" base_path: "s3://b/models/1"')
        assert "cannot be a folder" in problem.message


class TestVersions:
    def test_specific_without_versions_is_refused(self) -> None:
        problem = the_model_problem('name: "a"\nmodel_version_policy { specific { } }')
        assert_refused(problem, "3:24", "unloads the model", "tensorflow/serving#1480")

    def test_a_negative_version_is_refused(self) -> None:
        problem = the_model_problem('name: "a"\nmodel_version_policy { specific { versions: [1, -2] } }')
        assert_refused(problem, "3:49", "-2 is negative")

    def test_a_version_listed_twice_is_refused(self) -> None:
        problem = the_model_problem('name: "a"\nmodel_version_policy { specific { versions: 3\nversions: 3 } }')
        assert_refused(problem, "4:11", "3 is listed twice", "models.config:3:45")

    @pytest.mark.parametrize(("written", "means"), [("010", 8), ("07", 7), ("0x10", 16)])
    def test_a_version_in_octal_or_hexadecimal_is_refused(self, written: str, means: int) -> None:
        problem = the_model_problem('name: "a"\nmodel_version_policy { specific { versions: ' + written + " } }")
        assert_refused(problem, "3:45", f"{written} is octal or hexadecimal", f"means {means}")

    def test_a_version_that_is_no_number_brings_no_second_complaint(self) -> None:
        policy = "model_version_policy { specific { versions: one } }"
        assert_refused(the_model_problem(f'name: "a"\n{policy}'), "3:45", "must be a whole number")

    def test_zero_latest_versions_are_refused(self) -> None:
        problem = the_model_problem('name: "a"\nmodel_version_policy { latest { num_versions: 0 } }')
        assert_refused(problem, "3:47", "takes for 1")


class TestLabels:
    def test_a_label_on_an_unlisted_version_is_refused(self) -> None:
        problem = the_model_problem(f'name: "a" {SPECIFIC}\nversion_labels {{ key: "live" value: 3 }}')
        assert_refused(problem, "3:37", "points to version 3", "it lists 1, 2")

    @pytest.mark.parametrize("policy", ["", "model_version_policy { all { } }", "model_version_policy { latest { } }"])
    def test_labels_without_listed_versions_are_refused(self, policy: str) -> None:
        problem = the_model_problem(f'name: "a" {policy}\nversion_labels {{ key: "live" value: 1 }}')
        assert_refused(problem, "3:1", "need the policy 'specific'", "tensorflow/serving#1608")

    def test_a_label_set_twice_is_refused(self) -> None:
        labels = 'version_labels { key: "live" value: 1 }\nversion_labels { key: "live" value: 2 }'
        problem = the_model_problem(f'name: "a" {SPECIFIC}\n{labels}')
        assert_refused(problem, "4:23", "'live' is set twice", "models.config:3:23")

    @pytest.mark.parametrize("label", ["", "a b", "a-b", "a/b", "é"])
    def test_a_label_that_does_not_fit_a_url_is_refused(self, label: str) -> None:
        problem = the_model_problem(f'name: "a" {SPECIFIC}\nversion_labels {{ key: "{label}" value: 1 }}')
        assert_refused(problem, "3:23", repr(label), "cannot be part of a URL")

    def test_a_label_without_a_version_is_refused(self) -> None:
        problem = the_model_problem(f'name: "a" {SPECIFIC}\nversion_labels {{ key: "live" }}')
        assert_refused(problem, "3:1", "has no value", "would mean version 0")

    def test_a_label_without_a_key_is_refused(self) -> None:
        problem = the_model_problem(f'name: "a" {SPECIFIC}\nversion_labels {{ value: 1 }}')
        assert_refused(problem, "3:1", "has no key")

    def test_a_label_in_octal_is_refused(self) -> None:
        problem = the_model_problem(f'name: "a" {SPECIFIC}\nversion_labels {{ key: "live" value: 01 }}')
        assert_refused(problem, "3:37", "01 is octal")


def test_every_mistake_comes_at_once_in_the_files_order() -> None:
    text = """model_config_list {
  config { name: "a" model_platform: "tf" }
  config {
    nmae: "b"
    base_path: "models/b"
    model_version_policy { specific { versions: -1 } }
    version_labels { key: "x y" value: 9 }
  }
  config { name: "a" }
}
"""
    places = [problem.where.partition(":")[2] for problem in check_models(text, "m")]
    assert places == ["2:38", "4:5", "5:16", "6:49", "7:27", "7:40", "9:18"]
