"""Who a machine is to AWS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import policies
from components.component import Component


@dataclass(frozen=True, kw_only=True)
class MachineIdentityArgs:
    """What the machine may reach, in which account, and the KMS key that lies over it, if any."""

    models_bucket_arn: pulumi.Input[str]
    configs_bucket_arn: pulumi.Input[str]
    repository_arns: Sequence[pulumi.Input[str]]
    secret_arns: Sequence[pulumi.Input[str]] = ()
    account: pulumi.Input[str]
    kms_key_arn: str = ""
    tls_secret: str = ""
    tls_kms_key: str = ""
    tags: Mapping[str, str]


class MachineIdentity(Component):
    """A role that reads models and configs, writes its status, pulls its images, and answers Session Manager.

    Beside a server with an access key of its own, it reads that key and leaves the models to it. Where gRPC has TLS,
    it reads the secret with the key and certificates.
    """

    role: aws.iam.Role
    instance_profile: aws.iam.InstanceProfile

    def __init__(self, name: str, args: MachineIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("MachineIdentity", name, args.tags, opts)
        self.role = self._role(args)
        self.policy = self._policy(args)
        self._session_manager()
        self.instance_profile = self._instance_profile()
        self.register_outputs({"role_arn": self.role.arn, "instance_profile": self.instance_profile.name})

    def _role(self, args: MachineIdentityArgs) -> aws.iam.Role:
        return aws.iam.Role(
            self._name,
            assume_role_policy=pulumi.Output.json_dumps(policies.assume_role("ec2.amazonaws.com", args.account)),
            description="Machines that serve models.",
            tags=self._tags(self._name),
            opts=self._child(),
        )

    def _policy(self, args: MachineIdentityArgs) -> aws.iam.RolePolicy:
        statements: list[dict[str, Any]] = [
            *_models(args),
            *policies.read_prefix("Configs", args.configs_bucket_arn, "configs/", versions=True),
            policies.write_prefix("Status", args.configs_bucket_arn, "status/"),
            *policies.pull_images(args.repository_arns),
            *policies.read_secrets(args.secret_arns),
            *policies.use_key(args.kms_key_arn, "s3", write=True),
            *(policies.use_key(args.kms_key_arn, "secretsmanager") if args.secret_arns else []),
            *policies.read_tls_secret(args.tls_secret, args.tls_kms_key),
        ]
        return aws.iam.RolePolicy(
            f"{self._name}-access",
            role=self.role.name,
            policy=pulumi.Output.json_dumps(policies.document(statements)),
            opts=self._child(),
        )

    def _session_manager(self) -> None:
        partition = aws.get_partition_output(opts=self._invoke()).partition
        aws.iam.RolePolicyAttachment(
            f"{self._name}-session-manager",
            role=self.role.name,
            policy_arn=pulumi.Output.concat("arn:", partition, ":iam::aws:policy/AmazonSSMManagedInstanceCore"),
            opts=self._child(),
        )

    def _instance_profile(self) -> aws.iam.InstanceProfile:
        return aws.iam.InstanceProfile(
            f"{self._name}-profile",
            role=self.role.name,
            tags=self._tags(self._name),
            # A machine that boots with the profile needs what the profile allows.
            opts=self._child(depends_on=[self.policy]),
        )


def _models(args: MachineIdentityArgs) -> list[policies.Statement]:
    if args.secret_arns:
        return [policies.list_prefix("Models", args.models_bucket_arn, "models/")]
    return policies.read_prefix("Models", args.models_bucket_arn, "models/")
