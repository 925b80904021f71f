"""Publishing: everything or nothing, and never over a version."""

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.tfserving import saved_models
from tests.tfserving.stores import FILES, MODELS, WEIGHTS, keys, manifest_of, put_version, saved_model
from tfserving.errors import TfServingError
from tfserving.model_store import list_versions, publish, read_manifest
from tfserving.model_store.publishing import PublishError


def test_a_version_is_published_with_all_its_files_and_a_manifest(s3: Any, tmp_path: Path) -> None:
    assert publish(s3, MODELS, "digits", 3, saved_model(tmp_path)) == 3
    assert set(keys(s3, MODELS)) == {f"models/digits/3/{path}" for path in (*FILES, "manifest.json")}
    assert read_manifest(s3, MODELS, "digits", 3) == manifest_of()


def test_the_number_is_reserved_first_and_the_manifest_written_last(s3: Any, tmp_path: Path) -> None:
    written: list[str] = []
    s3.meta.events.register("before-call.s3.PutObject", lambda params, **_: written.append(params["url_path"]))
    publish(s3, MODELS, "digits", 1, saved_model(tmp_path))
    assert len(written) == len(FILES) + 2
    assert written[0].endswith("/reservation.json")
    assert written[-1].endswith("/manifest.json")


def test_without_a_number_the_next_one_is_taken(s3: Any, tmp_path: Path) -> None:
    folder = saved_model(tmp_path)
    assert publish(s3, MODELS, "digits", None, folder) == 0
    put_version(s3, "digits", 41)
    assert publish(s3, MODELS, "digits", None, folder) == 42


def test_the_next_number_steps_over_an_interrupted_upload(s3: Any, tmp_path: Path) -> None:
    s3.put_object(Bucket=MODELS, Key="models/digits/5/saved_model.pb", Body=b"x")
    assert publish(s3, MODELS, "digits", None, saved_model(tmp_path)) == 6


def test_a_published_version_is_never_changed(s3: Any, tmp_path: Path) -> None:
    put_version(s3, "digits", 1)
    before = s3.list_object_versions(Bucket=MODELS)["Versions"]
    with pytest.raises(PublishError, match=r"digits/1: is in the store already.*Publish as 2\."):
        publish(s3, MODELS, "digits", 1, saved_model(tmp_path))
    assert s3.list_object_versions(Bucket=MODELS)["Versions"] == before


def test_an_interrupted_upload_is_finished_and_what_is_not_of_the_model_removed(s3: Any, tmp_path: Path) -> None:
    for name in ("saved_model.pb", "variables/variables.data-00000-of-00009"):
        s3.put_object(Bucket=MODELS, Key=f"models/digits/1/{name}", Body=b"old")
    assert list_versions(s3, MODELS, "digits") == []
    publish(s3, MODELS, "digits", 1, saved_model(tmp_path))
    assert set(keys(s3, MODELS)) == {f"models/digits/1/{path}" for path in (*FILES, "manifest.json")}
    assert list_versions(s3, MODELS, "digits") == [1]


def test_of_two_who_publish_the_same_version_one_is_refused(s3: Any, tmp_path: Path) -> None:
    def meanwhile(done: int, total: int) -> None:
        if done == total:
            put_version(s3, "digits", 1, {"saved_model.pb": b"theirs"})

    with pytest.raises(TfServingError, match="published by somebody else at the same time"):
        publish(s3, MODELS, "digits", 1, saved_model(tmp_path), meanwhile)
    assert read_manifest(s3, MODELS, "digits", 1) == manifest_of({"saved_model.pb": b"theirs"})


def test_progress_counts_every_byte_once(s3: Any, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    publish(s3, MODELS, "digits", 1, saved_model(tmp_path), lambda done, total: told.append((done, total)))
    size = sum(len(content) for content in FILES.values())
    assert told[-1] == (size, size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_every_mistake_is_told_at_once(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(PublishError) as refused:
        publish(s3, MODELS, "2024", -1, tmp_path)
    for part in ("has no saved_model.pb", "'2024' cannot be a model's name", "-1 is below 0"):
        assert part in str(refused.value)
    assert keys(s3, MODELS) == []


@pytest.mark.parametrize("name", ["", "123", "a/b", "a b", "../x", "ä"])
def test_a_name_servers_cannot_take_is_refused(s3: Any, tmp_path: Path, name: str) -> None:
    with pytest.raises(PublishError, match="cannot be a model's name"):
        publish(s3, MODELS, name, 1, saved_model(tmp_path))


@pytest.mark.parametrize(
    ("version", "complaint"),
    [(-1, "version: -1 is below 0"), (2**63, "version: 9223372036854775808 is above 9223372036854775807")],
)
def test_a_version_servers_cannot_read_is_refused(s3: Any, tmp_path: Path, version: int, complaint: str) -> None:
    with pytest.raises(PublishError, match=complaint):
        publish(s3, MODELS, "digits", version, saved_model(tmp_path))


def test_after_the_highest_version_there_is_no_next(s3: Any, tmp_path: Path) -> None:
    assert publish(s3, MODELS, "digits", 2**63 - 1, saved_model(tmp_path)) == 2**63 - 1
    with pytest.raises(PublishError, match="has the highest version there can be"):
        publish(s3, MODELS, "digits", None, tmp_path)


def test_a_bucket_that_is_no_plain_name_is_refused_beside_other_mistakes(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"(?s)saved_model\.pb.*bucket: 's3://models-bucket/' is not a bucket's"):
        publish(s3, "s3://models-bucket/", "digits", 1, tmp_path)


def test_a_name_too_long_for_a_folder_is_refused(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="has 256 letters; a folder's name has 255"):
        publish(s3, MODELS, "m" * 256, 1, saved_model(tmp_path))


def test_a_path_too_long_for_a_key_is_refused(s3: Any, tmp_path: Path) -> None:
    deep = "/".join(["d" * 200] * 5)
    saved_model(tmp_path, {**FILES, f"{deep}/file": b""})
    with pytest.raises(PublishError, match="is too long: with models/digits/1/ before it, it may have 1024 bytes"):
        publish(s3, MODELS, "digits", 1, tmp_path)
    assert keys(s3, MODELS) == []


def test_links_within_the_folder_are_published_as_what_they_lead_to(s3: Any, tmp_path: Path) -> None:
    folder = saved_model(tmp_path)
    (folder / "variables").rename(folder / "real")
    (folder / "variables").symlink_to("real")
    publish(s3, MODELS, "digits", 1, folder)
    key = "models/digits/1/variables/variables.data-00000-of-00001"
    assert s3.get_object(Bucket=MODELS, Key=key)["Body"].read() == WEIGHTS


def test_a_model_in_text_form_is_published_and_complete(s3: Any, tmp_path: Path) -> None:
    text = 'meta_graphs { meta_info_def { tags: "serve" } signature_def { key: "f" value {} } }'
    publish(s3, MODELS, "digits", 1, saved_model(tmp_path, {"saved_model.pbtxt": text.encode()}))
    manifest = read_manifest(s3, MODELS, "digits", 1)
    assert manifest is not None
    assert [file.path for file in manifest.files] == ["saved_model.pbtxt"]


def test_a_graph_with_other_tags_is_published_for_servers_that_look_for_them(s3: Any, tmp_path: Path) -> None:
    content = saved_models.saved_model(saved_models.graph(tags=("serve", "gpu")))
    folder = saved_model(tmp_path, {"saved_model.pb": content})
    with pytest.raises(PublishError, match="no graph tagged 'serve'"):
        publish(s3, MODELS, "digits", 1, folder)
    assert publish(s3, MODELS, "digits", 1, folder, tags=("gpu", "serve")) == 1


@pytest.mark.parametrize("content", [b"other", WEIGHTS, WEIGHTS.upper(), None])
def test_a_file_that_changes_while_it_is_published_makes_no_version(
    s3: Any, tmp_path: Path, content: bytes | None
) -> None:
    folder = saved_model(tmp_path)
    shard = folder / "variables/variables.data-00000-of-00001"

    def meanwhile(**_: Any) -> None:
        if content is None:
            shard.unlink(missing_ok=True)
        else:
            shard.write_bytes(content)

    s3.meta.events.register_first("before-call.s3.PutObject", meanwhile)
    with pytest.raises(PublishError, match=r"data-00000-of-00001: was changed while it was published"):
        publish(s3, MODELS, "digits", 1, folder)
    assert list_versions(s3, MODELS, "digits") == []


def test_the_store_is_told_the_checksum_that_the_manifest_has(s3: Any, tmp_path: Path) -> None:
    sent: list[str] = []
    s3.meta.events.register(
        "before-call.s3.PutObject", lambda params, **_: sent.append(params["headers"].get("x-amz-checksum-sha256", ""))
    )
    publish(s3, MODELS, "digits", 1, saved_model(tmp_path))
    manifest = read_manifest(s3, MODELS, "digits", 1)
    assert manifest is not None
    told = {base64.b64decode(checksum).hex() for checksum in sent if checksum}
    assert {file.sha256 for file in manifest.files} <= told
