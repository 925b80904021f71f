"""Builds of images on AWS, started by `tfs image build --on codebuild`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import policies
from components.component import Component
from tfserving.images import BUILDS_PREFIX, repository_arn
from tfserving.settings import BuildSettings

LOG_DAYS: Final = 30
# Its Docker engine and its AWS CLI are all that the build uses of it.
BUILD_ENVIRONMENT: Final = "aws/codebuild/amazonlinux-x86_64-standard:5.0"


@dataclass(frozen=True, kw_only=True)
class ImageBuilderArgs:
    """How to build, where from, where to, the images that the built ones stand on, and the key of source and log."""

    build: BuildSettings
    buildspec: str
    bucket: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    repository_arns: Sequence[pulumi.Input[str]]
    bases: Sequence[str]
    account: pulumi.Input[str]
    kms_key_arn: str = ""
    tags: Mapping[str, str]


class ImageBuilder(Component):
    """A CodeBuild project whose role reads what is to be built, pushes to the stack's repositories, and writes its log.

    It may also pull base images from whichever ECR repositories the settings name.
    """

    project: aws.codebuild.Project

    def __init__(self, name: str, args: ImageBuilderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ImageBuilder", name, args.tags, opts)
        self.log = self._log(args)
        self.role = self._role(args)
        self.policy = self._policy(args)
        self.project = self._project(args)
        self.register_outputs({"project": self.project.name})

    def _log(self, args: ImageBuilderArgs) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            self._name,
            retention_in_days=LOG_DAYS,
            kms_key_id=args.kms_key_arn or None,
            tags=self._tags(self._name),
            opts=self._child(),
        )

    def _role(self, args: ImageBuilderArgs) -> aws.iam.Role:
        return aws.iam.Role(
            self._name,
            assume_role_policy=pulumi.Output.json_dumps(policies.assume_role("codebuild.amazonaws.com", args.account)),
            description="Builds of images.",
            tags=self._tags(self._name),
            opts=self._child(),
        )

    def _policy(self, args: ImageBuilderArgs) -> aws.iam.RolePolicy:
        statements = [
            *policies.read_source(args.bucket_arn, BUILDS_PREFIX),
            *policies.push_images(args.repository_arns),
            *policies.pull_bases(self._base_repositories(args.bases)),
            policies.write_log(self.log.arn),
            *policies.use_key(args.kms_key_arn, "s3"),
        ]
        return aws.iam.RolePolicy(
            f"{self._name}-access",
            role=self.role.name,
            policy=pulumi.Output.json_dumps(policies.document(statements)),
            opts=self._child(),
        )

    def _base_repositories(self, bases: Sequence[str]) -> list[pulumi.Output[str]]:
        partition = aws.get_partition_output(opts=self._invoke()).partition
        in_ecr = sorted(base for base in set(bases) if repository_arn(base, "aws"))
        return [partition.apply(lambda name, base=base: repository_arn(base, name) or "") for base in in_ecr]

    def _project(self, args: ImageBuilderArgs) -> aws.codebuild.Project:
        return aws.codebuild.Project(
            self._name,
            description="Builds images of the stack; `tfs image build --on codebuild` starts it.",
            service_role=self.role.arn,
            build_timeout=args.build.timeout_minutes,
            # Every build names its own; the project must name one.
            source={
                "type": "S3",
                "location": pulumi.Output.concat(args.bucket, f"/{BUILDS_PREFIX}none.zip"),
                "buildspec": args.buildspec,
            },
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": BUILD_ENVIRONMENT,
                "compute_type": f"BUILD_GENERAL1_{args.build.compute_type}",
                # An engine within a container needs it.
                "privileged_mode": True,
            },
            logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": self.log.name}},
            tags=self._tags(self._name),
            # A build needs what the role may.
            opts=self._child(depends_on=[self.policy]),
        )
