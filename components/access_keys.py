"""The access keys of a server that reads S3 itself, each in Secrets Manager, where machines fetch it at boot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import policies
from components.component import Component

# How long a key that was removed by mistake can be had back from Secrets Manager; IAM has deleted it, though.
RECOVERY_DAYS: Final = 7


@dataclass(frozen=True, kw_only=True)
class AccessKeysArgs:
    """What the keys open, their names, the one that new machines use last, and the KMS key over all of it, if any."""

    names: Sequence[str]
    models_bucket_arn: pulumi.Input[str]
    configs_bucket_arn: pulumi.Input[str]
    protected: bool
    kms_key_arn: str = ""
    tags: Mapping[str, str]


class AccessKeys(Component):
    """An IAM user that reads models and configs and can do nothing else, with a key by each name.

    A key that is new exists before machines are made that use it, and one that is removed goes after those that did.
    """

    user: aws.iam.User
    secret_arn: pulumi.Output[str]
    secret_arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: AccessKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("AccessKeys", name, args.tags, opts)
        self.user = self._user()
        self.policy = self._policy(args)
        self.secret_arns = [self._key(key, args) for key in args.names]
        self.secret_arn = self.secret_arns[-1]
        self.register_outputs({"user": self.user.name, "secret_arn": self.secret_arn})

    def _user(self) -> aws.iam.User:
        return aws.iam.User(self._name, tags=self._tags(self._name), opts=self._child())

    def _policy(self, args: AccessKeysArgs) -> aws.iam.UserPolicy:
        statements = [
            *policies.read_prefix_as_files("Models", args.models_bucket_arn, "models/"),
            *policies.read_prefix_as_files("Configs", args.configs_bucket_arn, "configs/"),
            *policies.use_key(args.kms_key_arn, "s3"),
        ]
        return aws.iam.UserPolicy(
            f"{self._name}-read",
            user=self.user.name,
            policy=pulumi.Output.json_dumps(policies.document(statements)),
            opts=self._child(),
        )

    def _key(self, key_name: str, args: AccessKeysArgs) -> pulumi.Output[str]:
        name = f"{self._name}-{key_name}"
        key = aws.iam.AccessKey(name, user=self.user.name, opts=self._child(depends_on=[self.policy]))
        secret = aws.secretsmanager.Secret(
            name,
            description="Access key with which the model server reads S3.",
            kms_key_id=args.kms_key_arn or None,
            recovery_window_in_days=RECOVERY_DAYS if args.protected else 0,
            tags=self._tags(name),
            opts=self._child(),
        )
        value = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
        version = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.json_dumps(pulumi.Output.secret(value)),
            opts=self._child(),
        )
        # Whoever reads the secret by this ARN finds the key in it.
        return pulumi.Output.all(secret.arn, version.version_id).apply(lambda known: str(known[0]))
