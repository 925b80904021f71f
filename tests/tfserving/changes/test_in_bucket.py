"""A change to the object in S3, with others who write it, too."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.tfserving.stores import CONFIGS, MODELS, put_version
from tfserving.changes import ChangeError, ModelsConfig, add, promote
from tfserving.changes.in_bucket import TRIES
from tfserving.errors import ProblemsError, ServerConfigError
from tfserving.server_configs import parse_models, store_models_config

KEY = "configs/models.config"
TEXT = """\
model_config_list { config {
    name: "digits"
    model_version_policy { specific { versions: 1 versions: 2 } }
    version_labels { key: "live" value: 1 }
    version_labels { key: "test" value: 2 }
} }
"""
AUTHOR = "arn:aws:iam::123456789012:user/ann"


def put(s3: Any, text: str = TEXT, writer: str | None = "tfs") -> None:
    """Write the object as Pulumi does the first time."""
    body = store_models_config(parse_models(text, "f"), MODELS, writer="tfs" if writer else "pulumi")
    metadata = {"writer": writer} if writer else {}
    s3.put_object(
        Bucket=CONFIGS,
        Key=KEY,
        Body=body.encode(),
        Metadata=metadata,
        ContentType="text/plain; charset=utf-8",
        Tagging="Project=tfserving&Name=models.config",
    )


@pytest.fixture
def config(s3: Any) -> ModelsConfig:
    """Give the config of a stack whose three versions are all published."""
    put(s3)
    for version in (1, 2, 3):
        put_version(s3, "digits", version)
    return ModelsConfig(s3, CONFIGS, AUTHOR)


def labels(config: ModelsConfig) -> dict[str, int]:
    return dict(config.read().model_config_list.config[0].version_labels)


class Racing:
    """An S3 client that lets others write before the first puts."""

    def __init__(self, client: Any, *others: Callable[[], object]) -> None:
        self._client, self._others = client, list(others)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_object(self, **arguments: Any) -> Any:
        if self._others:
            self._others.pop(0)()
        return self._client.put_object(**arguments)


def racing(client: Any, *others: Callable[[], object]) -> ModelsConfig:
    """Give the config of somebody before whose first writes others write."""
    slow: Any = Racing(client, *others)
    return ModelsConfig(slow, CONFIGS)


def test_a_change_is_a_version_that_says_whose_it_is_and_keeps_what_the_object_had(
    s3: Any, config: ModelsConfig
) -> None:
    applied = config.promote("digits", expected=2)
    assert labels(config) == {"live": 2, "retiring": 1}
    found = s3.get_object(Bucket=CONFIGS, Key=KEY)
    assert found["VersionId"] == applied.version_id
    first, _, rest = found["Body"].read().decode().partition("\n")
    assert first == f"# Written by tfs: promote digits; by {AUTHOR}."
    assert "Written by" not in rest
    assert (found["Metadata"], found["ContentType"]) == ({"writer": "tfs"}, "text/plain; charset=utf-8")
    tags = s3.get_object_tagging(Bucket=CONFIGS, Key=KEY)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Project": "tfserving", "Name": "models.config"}


def test_the_whole_life_of_a_version(config: ModelsConfig) -> None:
    config.promote("digits")
    config.add("digits", 3, "test")
    config.promote("digits")
    assert labels(config) == {"live": 3, "retiring": 2}
    config.roll_back("digits")
    assert labels(config) == {"live": 2, "retiring": 3}
    config.retire("digits", 3)
    assert labels(config) == {"live": 2}


def test_what_is_not_complete_in_the_store_is_refused_with_the_line_that_mends_it(
    s3: Any, config: ModelsConfig
) -> None:
    s3.put_object(Bucket=MODELS, Key="models/digits/4/saved_model.pb", Body=b"half of it")
    with pytest.raises(ProblemsError) as refused:
        config.add("digits", 4)
    assert str(refused.value) == (
        "digits/4: is not complete in s3://models-bucket, and machines would wait for it. Publish it first: "
        "tfs publish DIRECTORY --model digits --version 4 --bucket models-bucket"
    )
    with pytest.raises(ProblemsError) as refused:
        config.add("faces", 0, new_model=True)
    assert str(refused.value).startswith("faces/0: is not complete in s3://models-bucket")


def test_a_model_whose_place_is_not_said_cannot_be_looked_for(s3: Any, config: ModelsConfig) -> None:
    s3.put_object(Bucket=CONFIGS, Key=KEY, Body=TEXT.encode(), Metadata={"writer": "tfs"})
    with pytest.raises(ProblemsError, match="has no base_path for 'digits'"):
        config.promote("digits")


def test_nothing_is_written_if_nothing_changes_or_for_a_dry_run(config: ModelsConfig) -> None:
    assert config.add("digits", 2, "test").version_id is None
    applied = config.apply(promote("digits"), dry_run=True)
    assert applied.differences
    assert applied.version_id is None
    assert len(config.history()) == 1


def test_an_object_that_pulumi_writes_is_left_to_it(s3: Any, config: ModelsConfig) -> None:
    put(s3, writer=None)
    with pytest.raises(ChangeError) as refused:
        config.promote("digits")
    assert "is written by Pulumi" in str(refused.value)
    assert len(config.history()) == 2


def test_a_lost_race_is_made_anew_of_what_the_other_wrote(s3: Any, config: ModelsConfig) -> None:
    racing(s3, lambda: config.add("digits", 3)).promote("digits")
    assert labels(config) == {"live": 2, "retiring": 1}
    assert 3 in config.read().model_config_list.config[0].model_version_policy.specific.versions


def test_a_change_that_no_longer_fits_after_a_lost_race_is_told(s3: Any, config: ModelsConfig) -> None:
    ours = racing(s3, lambda: config.add("digits", 3, "test"))
    with pytest.raises(ChangeError) as refused:
        ours.promote("digits", expected=2)
    assert "'test' is version 3, not 2" in str(refused.value)
    assert labels(config) == {"live": 1, "test": 3}


def test_who_loses_every_time_is_told_and_changes_nothing(s3: Any, config: ModelsConfig) -> None:
    others = [lambda version=version: config.add("digits", version, "b") for version in (3, 2, 3, 2, 3)]
    with pytest.raises(ChangeError) as refused:
        racing(s3, *others[:TRIES]).promote("digits")
    assert "by somebody else each of 5 times" in str(refused.value)
    assert labels(config) == {"live": 1, "test": 2, "b": 3}


def test_a_write_whose_answer_was_lost_is_found_to_have_taken_place(s3: Any, config: ModelsConfig) -> None:
    class Deaf(Racing):
        def put_object(self, **arguments: Any) -> Any:
            # The SDK sends again what it got no answer to, and is then told that somebody else was quicker.
            self._client.put_object(**arguments)
            return self._client.put_object(**arguments)

    deaf: Any = Deaf(s3)
    applied = ModelsConfig(deaf, CONFIGS, AUTHOR).promote("digits")
    assert applied.version_id == config.history()[0].version_id
    assert next(str(difference) for difference in applied.differences) == "digits: label live moved from 1 to 2"


def test_an_object_with_mistakes_or_none_at_all_is_refused(s3: Any, config: ModelsConfig) -> None:
    s3.put_object(Bucket=CONFIGS, Key=KEY, Body=b"\xffnonsense", Metadata={"writer": "tfs"})
    with pytest.raises(ServerConfigError) as refused:
        config.promote("digits")
    assert str(refused.value).startswith(f"s3://{CONFIGS}/{KEY}:1:")
    s3.delete_object(Bucket=CONFIGS, Key=KEY)
    with pytest.raises(ChangeError) as missing:
        config.promote("digits")
    assert "is missing. `pulumi up` writes it" in str(missing.value)


def test_what_s3_refuses_for_another_reason_is_raised(s3: Any, config: ModelsConfig) -> None:
    def refuse() -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    with pytest.raises(ClientError):
        racing(s3, refuse).promote("digits")


def test_a_rollback_to_a_version_serves_what_it_says(s3: Any, config: ModelsConfig) -> None:
    first = config.history()[0].version_id
    config.promote("digits")
    config.retire("digits", 1)
    config.roll_back_to(first)
    assert labels(config) == {"live": 1, "test": 2}
    newest = config.history()[0]
    assert (newest.change, newest.newest) == (f"rollback --to {first}", True)


def test_a_rollback_to_a_version_whose_models_are_gone_is_refused(s3: Any, config: ModelsConfig) -> None:
    first = config.history()[0].version_id
    config.promote("digits")
    config.retire("digits", 1)
    s3.delete_object(Bucket=MODELS, Key="models/digits/1/manifest.json")
    with pytest.raises(ProblemsError) as refused:
        config.roll_back_to(first)
    assert str(refused.value).startswith("digits/1: is not complete")
    with pytest.raises(ChangeError) as unknown:
        config.roll_back_to("nope")
    assert str(unknown.value).startswith("'nope' is no version of s3://")


def test_history_tells_who_wrote_what_and_what_changed(s3: Any, config: ModelsConfig) -> None:
    put(s3, TEXT.replace("value: 1", "value: 2"), writer=None)
    put(s3)
    config.add("digits", 3)
    s3.put_object(Bucket=CONFIGS, Key=KEY, Body=b"nonsense")
    put(s3)
    versions = config.history()
    assert [(version.writer, version.author, version.change) for version in versions] == [
        ("pulumi", None, None),
        (None, None, None),
        ("tfs", AUTHOR, "add digits 3"),
        ("pulumi", None, None),
        ("pulumi", None, None),
        ("pulumi", None, None),
    ]
    assert [str(difference) for difference in versions[2].differences] == ["digits: version 3 added"]
    assert [str(difference) for difference in versions[4].differences] == ["digits: label live moved from 1 to 2"]
    assert "digits: model added" in [str(difference) for difference in versions[5].differences]
    assert "'nonsense' stands alone" in str(versions[1].problem)
    assert [version.version_id for version in config.history(2)] == [version.version_id for version in versions[:2]]
    assert [str(one) for one in config.history(1)[0].differences] == [str(one) for one in versions[0].differences]


def test_history_tells_that_the_object_was_deleted(s3: Any, config: ModelsConfig) -> None:
    s3.delete_object(Bucket=CONFIGS, Key=KEY)
    newest, first = config.history()
    assert (newest.newest, newest.problem, first.problem) == (True, "the object was deleted", None)


def test_an_author_cannot_write_another_line(s3: Any, config: ModelsConfig) -> None:
    ModelsConfig(s3, CONFIGS, "ann\nmodel_config_list {}").apply(add("digits", 3))
    assert config.history()[0].author == "ann_model_config_list_{}"
