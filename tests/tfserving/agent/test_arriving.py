"""Large files come in ranges side by side, all of one object, and are checked as a whole."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import IncompleteReadError

from tests.tfserving.stores import MODELS, put_version
from tfserving.agent import arriving
from tfserving.agent.mirror import Mirror, MirrorError

FILES: Mapping[str, bytes] = {"saved_model.pb": b"graph", "large": bytes(range(256)) * 10, "empty": b""}
KEY = "models/digits/1/large"


@pytest.fixture
def models(tmp_path: Path, s3: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(arriving, "RANGE_BYTES", 100)
    monkeypatch.setattr(arriving, "BUDGET_BYTES", 300)
    put_version(s3, "digits", 1, FILES)
    return tmp_path / "models"


def test_ranges_make_the_file_and_every_byte_is_counted_once(s3: Any, models: Path) -> None:
    asked: list[str] = []
    s3.meta.events.register(
        "before-call.s3.GetObject", lambda params, **_: asked.append(params["headers"].get("Range", ""))
    )
    counted: list[int] = []
    manifest = Mirror(s3, MODELS, models, counted.append).fetch("digits", 1)
    assert {path: (models / "digits/1" / path).read_bytes() for path in FILES} == dict(FILES)
    assert len([span for span in asked if span]) == 26
    assert sum(counted) == manifest.size


def test_an_object_that_is_written_between_two_ranges_is_refused(s3: Any, models: Path) -> None:
    # As long as before, so that only its ETag tells.
    other = bytes(len(FILES["large"]))

    def meanwhile(count: int) -> None:
        s3.put_object(Bucket=MODELS, Key=KEY, Body=other)

    with pytest.raises(MirrorError, match=rf"s3://{MODELS}/{KEY} is not what was published"):
        Mirror(s3, MODELS, models, meanwhile).fetch("digits", 1)
    assert list((models / "digits").iterdir()) == []


@pytest.mark.parametrize("content", [b"x" * 2560, b"x" * 2559, b"x" * 2561, b"x", b""])
def test_a_large_file_of_other_bytes_is_refused(s3: Any, models: Path, content: bytes) -> None:
    s3.put_object(Bucket=MODELS, Key=KEY, Body=content)
    with pytest.raises(MirrorError, match=rf"s3://{MODELS}/{KEY} is not what was published"):
        Mirror(s3, MODELS, models).fetch("digits", 1)
    assert list((models / "digits").iterdir()) == []


@pytest.mark.parametrize(("cuts", "arrives"), [(2, True), (3, False)])
def test_a_range_that_is_cut_is_asked_for_again_before_the_version_is_given_up(
    s3: Any, models: Path, cuts: int, arrives: bool
) -> None:
    left = [cuts]

    class Cut:
        def read(self) -> bytes:
            raise IncompleteReadError(actual_bytes=1, expected_bytes=100)

    def cut(parsed: dict[str, Any], **_: Any) -> None:
        if parsed.get("ContentRange", "").startswith("bytes 300-") and left[0]:
            left[0] -= 1
            parsed["Body"] = Cut()

    s3.meta.events.register("after-call.s3.GetObject", cut)
    if arrives:
        Mirror(s3, MODELS, models).fetch("digits", 1)
        assert (models / "digits/1/large").read_bytes() == FILES["large"]
    else:
        with pytest.raises(IncompleteReadError):
            Mirror(s3, MODELS, models).fetch("digits", 1)
        assert list((models / "digits").iterdir()) == []
