"""Names in the store."""

import pytest

from tfserving.model_store.layout import bucket_mistake


@pytest.mark.parametrize("bucket", ["abc", "models-0a1b2c3", "my.bucket", "1" * 63])
def test_a_plain_name_is_fine(bucket: str) -> None:
    assert bucket_mistake(bucket) is None


@pytest.mark.parametrize(
    "bucket",
    [
        "s3://models",
        "s3://models/",
        "s3://models/some/prefix",
        "S3://Models",
        "s3a://models",
        "arn:aws:s3:::models",
        "arn:aws-cn:s3:::models/some/key",
        "https://models.s3.eu-central-1.amazonaws.com/some/key",
        "Models",
        "models/",
        " models\n",
    ],
)
def test_other_ways_to_write_a_bucket_lead_to_its_plain_name(bucket: str) -> None:
    assert f"{bucket!r} is not a bucket's plain name. Write 'models'." == bucket_mistake(bucket)


@pytest.mark.parametrize("bucket", ["", " "])
def test_an_empty_name_leads_to_the_output_that_was_meant(bucket: str) -> None:
    assert "is empty. Name a bucket" in (bucket_mistake(bucket) or "")


@pytest.mark.parametrize(
    "bucket",
    ["ab", "a" * 64, "a_b", "-ab", "ä-models", "arn:aws:s3:eu-central-1:1:accesspoint/x", "https://s3.amazonaws.com/x"],
)
def test_what_is_no_name_at_all_is_refused_with_the_rule(bucket: str) -> None:
    assert "3 to 63 lower-case letters" in (bucket_mistake(bucket) or "")
