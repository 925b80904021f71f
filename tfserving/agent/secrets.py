"""What the machine fetches from Secrets Manager while it boots, and how it says why it could not."""

from typing import TYPE_CHECKING

from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def read_secret(client: "SecretsManagerClient", secret: str, *, what: str, version: str = "") -> str:
    """Read a secret's text under the machine's role: a version by its id, or the current one.

    Raises TfServingError, whose text has nothing of the secret.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    chosen = {"VersionId": version} if version else {}
    try:
        answer = client.get_secret_value(SecretId=secret, **chosen)
    except ClientError as error:
        raise TfServingError(f"{secret}: reading the {what} was refused: {error_code(error)}.") from None
    except BotoCoreError as error:
        raise TfServingError(f"{secret}: {error}") from None
    if "SecretString" not in answer:
        raise TfServingError(f"{secret}: holds bytes, but must hold text. Store it with --secret-string.")
    return answer["SecretString"]


def secrets_client(region: str) -> "SecretsManagerClient":
    """Make a client of Secrets Manager."""
    import boto3

    return boto3.client("secretsmanager", region_name=region)


def error_code(error: Exception) -> str:
    """Give an AWS error's code; the rest of the answer may repeat what it refuses, such as a key's id."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", "unknown"))


def told(error: TfServingError) -> str:
    """Give an error as start.sh looks for it, every line for itself."""
    return "\n".join(f"error: {line}" for line in str(error).splitlines())
