"""`tfs publish`, `adopt`, `models` and `signature`, on a stack's store with its registry and on a bucket alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tfserving import saved_models
from tests.tfserving.cli.test_commands import Ran, tfs, wide
from tests.tfserving.registry.test_registry import CONFIG, TABLE, make_table
from tests.tfserving.stores import CONFIGS, FILES, MODELS, keys, put_version, saved_model
from tfserving.cli.stack import Stack
from tfserving.model_store.reservation import new_reservation, reserve
from tfserving.registry import Registry

__all__ = ["tfs", "wide"]
OUTPUTS = {"modelsBucket": MODELS, "configsBucket": CONFIGS, "registryTable": TABLE}


@pytest.fixture
def stack(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Registry:
    make_table(ConfigsBucket=CONFIGS)
    monkeypatch.setattr(Stack, "outputs", lambda self: OUTPUTS if self.name == "dev" else {})
    return Registry(TABLE)


def other_signature(folder: Path) -> Path:
    graph = saved_models.graph()
    graph.signature_def["serving_default"].inputs["x"].CopyFrom(saved_models.tensor(None, 3))
    return saved_model(folder, {"saved_model.pb": saved_models.saved_model(graph)})


def publish(tfs: Any, folder: Path, *more: str) -> Ran:
    ran: Ran = tfs("publish", str(folder), "--model", "digits", "--stack", "dev", *more)
    return ran


def test_a_stack_names_bucket_and_registry(stack: Registry, tfs: Any, tmp_path: Path) -> None:
    ran = publish(tfs, saved_model(tmp_path), "--note", "first try")
    assert (ran.code, ran.out) == (0, "Published digits/0 to s3://models-bucket/models/digits/0/.\n")
    entry = stack.find("digits", version=0)
    assert entry.note == "first try"
    assert entry.publisher.startswith("arn:aws:sts::123456789012:")


def test_a_stack_without_a_store_and_a_command_without_either_are_told(stack: Registry, tfs: Any) -> None:
    ran = tfs("models", "--stack", "prod")
    assert (ran.code, ran.err) == (
        1,
        "error: The stack 'prod' has no output modelsBucket. Run `pulumi up` first.\n",
    )
    ran = tfs("models")
    assert ran.code == 2
    assert "TFS_MODELS_BUCKET" in ran.err


def test_a_signature_that_differs_from_the_live_ones_needs_a_word(
    s3: Any, stack: Registry, tfs: Any, tmp_path: Path
) -> None:
    changed = other_signature(tmp_path / "changed")
    assert publish(tfs, saved_model(tmp_path / "first"), "--version", "1").code == 0
    s3.put_object(Bucket=CONFIGS, Key="configs/models.config", Body=CONFIG.encode())
    ran = publish(tfs, changed)
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "error: The signatures differ from those of the live version, digits/1:",
        "  - serving_default input 'x' DT_FLOAT [?, 2]",
        "  + serving_default input 'x' DT_FLOAT [?, 3]",
        "Clients that ask it would fail. If they are ready for that, repeat with --allow-signature-change.",
    ]
    assert not [key for key in keys(s3, MODELS) if "digits/2" in key]
    assert publish(tfs, changed, "--allow-signature-change").code == 0
    assert publish(tfs, saved_model(tmp_path / "first")).code == 0


def test_a_live_version_from_before_the_registry_is_read_from_the_store(
    s3: Any, stack: Registry, tfs: Any, tmp_path: Path
) -> None:
    put_version(s3, "digits", 1)
    s3.put_object(Bucket=CONFIGS, Key="configs/models.config", Body=CONFIG.encode())
    assert "- serving_default input 'x' DT_FLOAT [?, 2]" in publish(tfs, other_signature(tmp_path)).err


def test_what_was_synced_is_adopted(s3: Any, stack: Registry, tfs: Any) -> None:
    for path, content in FILES.items():
        s3.put_object(Bucket=MODELS, Key=f"models/digits/3/{path}", Body=content)
    ran = tfs("adopt", "digits", "3", "--stack", "dev")
    assert (ran.code, ran.out) == (
        0,
        f"Adopted digits/3: {len(FILES)} files, {sum(map(len, FILES.values()))} bytes.\n",
    )
    assert stack.find("digits", version=3).files == len(FILES)
    ran = tfs("adopt", "digits", "3", "--bucket", MODELS, "--json")
    assert json.loads(ran.out)["version"] == 3
    assert "has no files" in tfs("adopt", "digits", "4", "--bucket", MODELS).err


def test_models_are_listed_with_what_the_registry_knows(s3: Any, stack: Registry, tfs: Any, tmp_path: Path) -> None:
    put_version(s3, "words", 5)
    publish(tfs, saved_model(tmp_path), "--note", "better")
    ran = tfs("models", "--stack", "dev")
    for part in ("digits", "words", "5", "serving_default", "better", "arn:aws:sts"):
        assert part in ran.out
    (one,) = json.loads(tfs("models", "digits", "--stack", "dev", "--json").out)
    assert (one["model"], one["version"], one["files"], one["signatures"]) == (
        "digits",
        0,
        len(FILES),
        ["serving_default"],
    )
    (bare,) = json.loads(tfs("models", "words", "--bucket", MODELS, "--json").out)
    assert (bare["version"], bare["digest"]) == (5, None)
    assert "publisher" not in tfs("models", "words", "--bucket", MODELS).out
    assert tfs("models", "absent", "--bucket", MODELS).out == (
        "There is no version of absent. `tfs publish` makes one.\n"
    )


def test_what_an_interrupted_upload_left_is_shown_and_cleaned(s3: Any, tfs: Any) -> None:
    reserve(s3, MODELS, "digits", 2, new_reservation("f" * 64, "ada@desk"))
    s3.put_object(Bucket=MODELS, Key="models/digits/2/saved_model.pb", Body=b"half")
    shown = tfs("models", "--incomplete", "--bucket", MODELS).out
    assert "ada@desk" in shown
    (row,) = json.loads(tfs("models", "--incomplete", "--bucket", MODELS, "--json").out)
    assert (row["model"], row["version"], row["size"], row["files"]) == ("digits", 2, 4, 1)
    ran = tfs("models", "digits", "--clean", "2", "--bucket", MODELS)
    assert ran.code == 1
    assert "may still be uploaded" in ran.err
    ran = tfs("models", "digits", "--clean", "2", "--quiet-minutes", "0", "--bucket", MODELS)
    assert (ran.code, ran.out) == (0, "Removed digits/2 (1 files, 4 bytes).\n")
    assert tfs("models", "--incomplete", "--bucket", MODELS).out == "No upload is incomplete.\n"
    assert tfs("models", "--clean", "2", "--bucket", MODELS).code == 2


def test_signatures_are_shown_by_version_and_by_label(s3: Any, stack: Registry, tfs: Any, tmp_path: Path) -> None:
    publish(tfs, saved_model(tmp_path / "first"), "--version", "1")
    publish(tfs, other_signature(tmp_path / "second"), "--version", "2")
    s3.put_object(Bucket=CONFIGS, Key="configs/models.config", Body=CONFIG.encode())
    ran = tfs("signature", "digits", "--stack", "dev")
    assert ran.out.splitlines()[0] == "digits/2"
    assert "DT_FLOAT [?, 3]" in ran.out
    assert "DT_FLOAT [?, 2]" in tfs("signature", "digits", "--label", "live", "--stack", "dev").out
    document = json.loads(tfs("signature", "digits", "--version", "1", "--bucket", MODELS, "--json").out)
    assert document["signatures"]["serving_default"]["inputs"] == {"x": {"dtype": "DT_FLOAT", "shape": [None, 2]}}
    assert document["version"] == 1


@pytest.mark.parametrize(
    ("asked", "code", "complaint"),
    [
        (("--version", "9", "--stack", "dev"), 1, "There is no complete digits/9 in s3://models-bucket."),
        (("--label", "test", "--stack", "dev"), 1, "gives digits no label 'test'. It has 'live'."),
        (("--label", "live", "--bucket", MODELS), 1, "Name --stack or --registry."),
        (("--label", "live", "--version", "1", "--bucket", MODELS), 2, "not for both"),
    ],
)
def test_what_cannot_be_shown_is_told(
    s3: Any, stack: Registry, tfs: Any, asked: tuple[str, ...], code: int, complaint: str
) -> None:
    s3.put_object(Bucket=CONFIGS, Key="configs/models.config", Body=CONFIG.encode())
    ran = tfs("signature", "digits", *asked)
    assert ran.code == code
    assert complaint in ran.err
