"""Keys and access logs as operators name them."""

import pytest

from tests.tfserving.settings.test_load import problems_of
from tfserving.settings import load_settings

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    "arn",
    [
        KEY,
        KEY.replace("1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab"),
        KEY.replace("arn:aws:kms:eu-central-1", "arn:aws-us-gov:kms:us-gov-west-1"),
        KEY.replace("arn:aws:kms:eu-central-1", "arn:aws-cn:kms:cn-north-1"),
    ],
)
def test_the_arn_of_a_key_is_accepted(arn: str) -> None:
    assert load_settings({"kmsKeyArn": arn}).storage.kms_key_arn == arn


@pytest.mark.parametrize(
    "value",
    [
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "alias/models",
        "arn:aws:kms:eu-central-1:123456789012:alias/models",
        KEY.replace("123456789012", "1234"),
        KEY.replace("123456789012", "１２３４５６７８９０１２"),  # noqa: RUF001 (full-width digits)
        KEY.replace(":kms:", ":s3:"),
    ],
)
def test_what_is_no_keys_own_arn_is_refused(value: str) -> None:
    message = problems_of(kmsKeyArn=value)["tfserving:kmsKeyArn"]
    assert message.startswith(repr(value))
    assert "the ARN of a KMS key itself" in message


@pytest.mark.parametrize(
    "value", ["s3://logs", "Logs", "logs/", "a", "a" * 64, "logs-", "-logs", "lo gs", "a..b", "192.168.0.1"]
)
def test_what_cannot_be_a_buckets_name_is_refused(value: str) -> None:
    message = problems_of(accessLogsBucket=value)["tfserving:accessLogsBucket"]
    assert "the name of a bucket" in message
    assert message.startswith(repr(value))


@pytest.mark.parametrize("value", ["access-logs", "logs.example.com", "1.2.3.4a", "abc"])
def test_the_name_of_a_bucket_is_accepted(value: str) -> None:
    assert load_settings({"accessLogsBucket": value}).storage.access_logs_bucket == value


def test_a_line_break_in_a_keys_arn_is_shown_for_what_it_is() -> None:
    assert "U+000A" in problems_of(kmsKeyArn=f"{KEY}\n/x")["tfserving:kmsKeyArn"]


@pytest.mark.parametrize("value", ["s3://models", "models/", "Models"])
def test_what_cannot_be_the_models_bucket_is_refused(value: str) -> None:
    assert "the name of a bucket" in problems_of(modelsBucket=value)["tfserving:modelsBucket"]


def test_a_bucket_with_models_is_accepted() -> None:
    assert load_settings({"modelsBucket": "our-models"}).storage.models_bucket == "our-models"
