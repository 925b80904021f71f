"""AWS clients of the commands; where they answer and as whom is for the AWS SDK's own environment to say."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_s3 import S3Client

    from tfserving.images.code_build import Clients


def s3_client() -> "S3Client":
    """Give an S3 client.

    Raises TfServingError if the environment says nothing of a region or a profile that it names is not there.
    """
    client: S3Client = _client("s3")
    return client


def ecr_client() -> "ECRClient":
    """Give an ECR client; raises TfServingError as `s3_client` does."""
    client: ECRClient = _client("ecr")
    return client


def ec2_client() -> "EC2Client":
    """Give an EC2 client; raises TfServingError as `s3_client` does."""
    client: EC2Client = _client("ec2")
    return client


def dynamodb_client() -> Any:
    """Give a client of DynamoDB; raises TfServingError as `s3_client` does."""
    return _client("dynamodb")


def caller_arn() -> str:
    """Say who the caller is to AWS, empty if AWS does not say; raises TfServingError as `s3_client` does."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(_client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return ""


def build_clients() -> "Clients":
    """Give the clients of a build on CodeBuild; raises TfServingError as `s3_client` does."""
    from tfserving.images.code_build import Clients

    return Clients(codebuild=_client("codebuild"), logs=_client("logs"), s3=_client("s3"))


def _client(service: Literal["s3", "ec2", "dynamodb", "sts", "ecr", "codebuild", "logs"]) -> Any:
    import boto3
    from botocore.exceptions import BotoCoreError

    make: Any = boto3.client
    try:
        return make(service)
    except BotoCoreError as error:
        raise TfServingError(f"{error} Set it up as for the AWS CLI.") from error


def demand_bucket(bucket: str) -> None:
    """Raise TfServingError, with what to write, if a bucket's name is none."""
    from tfserving.model_store.layout import bucket_mistake

    if mistake := bucket_mistake(bucket):
        raise TfServingError(f"--bucket {mistake}")


@contextlib.contextmanager
def told_plainly(where: str) -> Iterator[None]:
    """Turn what AWS refuses into a message that names the bucket or repository."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        details = error.response["Error"]
        raise TfServingError(
            f"{where}: {error.operation_name} was refused: {details['Code']}: {details.get('Message', '')}"
        ) from error
    except (BotoCoreError, Boto3Error) as error:
        raise TfServingError(f"{where}: {error}") from error
