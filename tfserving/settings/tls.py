"""TLS for the gRPC API."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from tfserving.settings.concern import Concern
from tfserving.settings.values import matching

SecretArn = Annotated[
    str,
    AfterValidator(
        matching(
            r"|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}",
            "a secret's whole ARN, such as "
            "'arn:aws:secretsmanager:eu-central-1:123456789012:secret:model-server-tls-AbCdEf'",
        )
    ),
]
SecretVersion = Annotated[
    str,
    AfterValidator(matching(r"|[A-Za-z0-9-]{32,64}", "a version's id, as `aws secretsmanager put-secret-value` gives")),
]
KeyArn = Annotated[
    str,
    AfterValidator(
        matching(
            r"|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+",
            "a KMS key's ARN, such as 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-...'",
        )
    ),
]


class TlsSettings(Concern):
    """Where the server's key and certificates are kept."""

    secret: SecretArn = Field(
        default="",
        alias="tlsSecret",
        description="ARN of a secret in Secrets Manager with the key and certificates for TLS on gRPC; README says "
        "what it holds. REST stays plain HTTP: set rest to false to close it. Empty is no TLS.",
    )
    version: SecretVersion = Field(
        default="",
        alias="tlsSecretVersion",
        description="Id of the secret's version; another one makes a new machine. Empty is the version that is current "
        "when a machine boots.",
    )
    kms_key: KeyArn = Field(
        default="",
        alias="tlsKmsKey",
        description="ARN of the KMS key the secret is encrypted with; empty is AWS's own key for Secrets Manager.",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Refuse a version or a key of no secret."""
        for key, value in (("tlsSecretVersion", self.version), ("tlsKmsKey", self.kms_key)):
            if value and not self.secret:
                yield key, f"is {value!r}, but tlsSecret is empty. Name the secret in tlsSecret, or remove {key}."
