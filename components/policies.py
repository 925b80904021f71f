"""IAM policy documents, as plain values; Outputs may stand where names do."""

from collections.abc import Sequence
from typing import Any, Final

import pulumi

Text = pulumi.Input[str]
Statement = dict[str, Any]
_SILENT_SERVICES: Final = frozenset({"ec2.amazonaws.com"})
_PULL: Final = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def assume_role(service: str, account: Text) -> dict[str, Any]:
    """Let an AWS service take a role for what is in the account, and for nobody else's resources."""
    # Which services say for whom they act is not documented as a whole (prowler-cloud/prowler#2810). CodeBuild's guide
    # says that it does; of EC2 nothing is said, and a condition on what it leaves out would keep credentials from every
    # machine. EC2 gives a machine roles of its own account only.
    operator = "StringEqualsIfExists" if service in _SILENT_SERVICES else "StringEquals"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {operator: {"aws:SourceAccount": account}},
    }
    return document([statement])


def document(statements: Sequence[Statement]) -> dict[str, Any]:
    """Make a policy document of statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def read_prefix(sid: str, bucket_arn: Text, prefix: str, *, versions: bool = False) -> list[Statement]:
    """Read and list one prefix of a bucket, its older versions too if asked, and nothing else in it."""
    get = ["s3:GetObject"] + (["s3:GetObjectVersion"] if versions else [])
    return [
        {"Sid": f"Read{sid}", "Effect": "Allow", "Action": get, "Resource": join(bucket_arn, f"/{prefix}*")},
        list_prefix(sid, bucket_arn, prefix, versions=versions),
    ]


def read_prefix_as_files(sid: str, bucket_arn: Text, prefix: str) -> list[Statement]:
    """Read one prefix of a bucket with a client that takes keys for files, as TensorFlow's S3 file system does.

    It asks for a folder as for an object first, and gives up unless S3 answers 404; S3 answers 403 to whoever may not
    list. That question names no prefix, so the condition must hold where there is none.
    """
    read, listing = read_prefix(sid, bucket_arn, prefix)
    return [read, {**listing, "Condition": {"StringLikeIfExists": {"s3:prefix": f"{prefix}*"}}}]


def list_prefix(sid: str, bucket_arn: Text, prefix: str, *, versions: bool = False) -> Statement:
    """List one prefix of a bucket, older versions too if asked."""
    return {
        "Sid": f"List{sid}",
        "Effect": "Allow",
        "Action": ["s3:ListBucket"] + (["s3:ListBucketVersions"] if versions else []),
        "Resource": bucket_arn,
        "Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}},
    }


def write_prefix(sid: str, bucket_arn: Text, prefix: str) -> Statement:
    """Write objects below one prefix of a bucket."""
    return {
        "Sid": f"Write{sid}",
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": join(bucket_arn, f"/{prefix}*"),
    }


def pull_images(repository_arns: Sequence[Text]) -> list[Statement]:
    """Pull from the named ECR repositories; the token itself cannot be narrowed to a repository."""
    if not repository_arns:
        return []
    return [
        {"Sid": "EcrToken", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Sid": "EcrPull",
            "Effect": "Allow",
            "Action": _PULL,
            # A ready image may be in a repository of the stack's own.
            "Resource": pulumi.Output.all(*repository_arns).apply(lambda arns: list(dict.fromkeys(arns))),
        },
    ]


def pull_bases(repository_arns: Sequence[Text]) -> list[Statement]:
    """Pull what images are built on, where `pull_images` has granted the token."""
    if not repository_arns:
        return []
    return [{"Sid": "EcrBases", "Effect": "Allow", "Action": _PULL, "Resource": list(repository_arns)}]


def push_images(repository_arns: Sequence[Text]) -> list[Statement]:
    """Push to the named ECR repositories, and pull from them."""
    push = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
    return [
        *pull_images(repository_arns),
        {"Sid": "EcrPush", "Effect": "Allow", "Action": push, "Resource": list(repository_arns)},
    ]


def read_source(bucket_arn: Text, prefix: str) -> list[Statement]:
    """Let CodeBuild fetch what it builds; it looks at the bucket itself first."""
    objects = join(bucket_arn, f"/{prefix}*")
    look, fetch = ["s3:GetBucketAcl", "s3:GetBucketLocation"], ["s3:GetObject", "s3:GetObjectVersion"]
    return [
        {"Sid": "SourceBucket", "Effect": "Allow", "Action": look, "Resource": bucket_arn},
        {"Sid": "Source", "Effect": "Allow", "Action": fetch, "Resource": objects},
    ]


def write_log(log_group_arn: Text) -> Statement:
    """Write to the streams of a log group."""
    return {
        "Sid": "Log",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": join(log_group_arn, ":*"),
    }


def read_secrets(arns: Sequence[Text]) -> list[Statement]:
    """Read the named secrets' values."""
    if not arns:
        return []
    return [
        {
            "Sid": "ReadAccessKey",
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": list(arns),
        }
    ]


def use_key(key_arn: str, service: str, *, write: bool = False) -> list[Statement]:
    """Use a KMS key through one AWS service of its region, to read and, if asked, to write; nothing without a key."""
    if not key_arn:
        return []
    region = key_arn.split(":")[3]
    return [
        {
            "Sid": f"Key{service.capitalize()}",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"] + (["kms:GenerateDataKey"] if write else []),
            "Resource": key_arn,
            "Condition": {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}},
        }
    ]


def for_the_account(namespace: str, account: Text) -> Statement:
    """Let a VPC endpoint pass what identities of the account ask of a service, whatever its own policies then say."""
    return {
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": "*",
        "Action": f"{namespace}:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account}},
    }


def image_layers(partition: Text, region: Text) -> Statement:
    """Let the VPC endpoint of S3 pass downloads of layers, which ECR keeps in a bucket of its own and signs itself."""
    return {
        "Sid": "ImageLayers",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": pulumi.Output.concat("arn:", partition, ":s3:::prod-", region, "-starport-layer-bucket/*"),
    }


def read_tls_secret(arn: str, kms_key: str) -> list[Statement]:
    """Read a secret's value, and decrypt it and nothing else where the KMS key it is encrypted with is named."""
    if not arn:
        return []
    read = {"Sid": "ReadTlsSecret", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}
    if not kms_key:
        return [read]
    decrypt = {
        "Sid": "DecryptTlsSecret",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": kms_key,
        "Condition": {"StringEquals": {"kms:EncryptionContext:SecretARN": arn}},
    }
    return [read, decrypt]


def join(arn: Text, suffix: str) -> pulumi.Output[str]:
    """Append to an ARN."""
    return pulumi.Output.concat(arn, suffix)
