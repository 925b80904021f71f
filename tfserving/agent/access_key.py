"""Print a native server's access key once S3 honours it: `python -m tfserving.agent.access_key SECRET_ARN`."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from tfserving.agent.secrets import error_code, read_secret, secrets_client, told
from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

VARIABLES: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
MODELS_PREFIX: Final = "models/"
# IAM tells every region of a new key within seconds; a server that starts before is refused, and asks much later again.
LONGEST_SECONDS: Final = 60.0
_LOOK_AGAIN_SECONDS: Final = 1.0

Key = Mapping[str, str]


def main() -> None:
    """Print the key as lines of an env file; the exit code is 1, and the reason on stderr, if there is none."""
    try:
        key = read_key(secrets_client(os.environ["AWS_REGION"]), sys.argv[1])
        wait_until_honoured(_s3(key), os.environ["TFSERVING_MODELS_BUCKET"])
    except TfServingError as error:
        sys.exit(told(error))
    sys.stdout.write("".join(f"{name}={key[name]}\n" for name in VARIABLES))


def read_key(client: "SecretsManagerClient", secret: str) -> Key:
    """Read the key under the machine's role.

    Raises TfServingError, whose text has nothing of the key.
    """
    key: Key = json.loads(read_secret(client, secret, what="key"))
    return key


def wait_until_honoured(
    client: "S3Client",
    bucket: str,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until S3 lists models for the key; raises TfServingError if it still refuses after a minute."""
    from botocore.exceptions import ClientError

    deadline = clock() + LONGEST_SECONDS
    while True:
        try:
            client.list_objects_v2(Bucket=bucket, Prefix=MODELS_PREFIX, MaxKeys=1)
        except ClientError as error:
            if clock() > deadline:
                raise TfServingError(f"s3://{bucket} refuses the access key: {error_code(error)}.") from None
            sleep(_LOOK_AGAIN_SECONDS)
        else:
            return


def _s3(key: Key) -> "S3Client":
    import boto3

    return boto3.client(
        "s3",
        region_name=os.environ["AWS_REGION"],
        aws_access_key_id=key["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=key["AWS_SECRET_ACCESS_KEY"],
    )


if __name__ == "__main__":
    main()
