"""AWS clients of the commands; where they answer and as whom is for the AWS SDK's own environment to say."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def s3_client() -> "S3Client":
    """Give an S3 client.

    Raises TfServingError if boto3 is not installed.
    """
    try:
        import boto3
    except ImportError as error:
        raise TfServingError("This command needs boto3: pip install 'tfserving-aws[tfs]'.") from error
    return boto3.client("s3")


@contextlib.contextmanager
def told_plainly(bucket: str) -> Iterator[None]:
    """Turn what AWS refuses into a message that names the bucket."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        details = error.response["Error"]
        raise TfServingError(
            f"s3://{bucket}: {error.operation_name} was refused: {details['Code']}: {details.get('Message', '')}"
        ) from error
    except BotoCoreError as error:
        raise TfServingError(f"s3://{bucket}: {error}") from error
