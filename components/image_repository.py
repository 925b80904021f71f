"""An ECR repository for one kind of image."""

import json
from collections.abc import Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.data_holder import DataHolder

UNTAGGED_DAYS: Final = 7


class ImageRepository(DataHolder):
    """A private repository with immutable tags, scanned on push, in which only untagged images expire."""

    repository: aws.ecr.Repository
    url: pulumi.Output[str]

    def _make(self) -> dict[str, pulumi.Output[str]]:
        self.repository = self._repository()
        self._lifecycle()
        self._warn_of_other_key()
        self.url = self.repository.repository_url
        self.arn = self.repository.arn
        return {"url": self.url, "arn": self.arn}

    def _repository(self) -> aws.ecr.Repository:
        return aws.ecr.Repository(
            self._name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[self._encryption()],
            force_delete=not self._protected,
            tags=self._tags(self._name),
            # ECR encrypts a repository as it was told at creation, and a new one would come without the images.
            opts=self._child(protect=self._protected, ignore_changes=["encryption_configurations"]),
        )

    def _encryption(self) -> dict[str, str]:
        if not self._kms_key_arn:
            return {"encryption_type": "AES256"}
        return {"encryption_type": "KMS", "kms_key": self._kms_key_arn}

    def _warn_of_other_key(self) -> None:
        pulumi.Output.all(self.repository.name, self.repository.encryption_configurations).apply(
            lambda found: self._warn_unless_encrypted(*found)
        )

    def _warn_unless_encrypted(self, repository: str, encryption: Sequence[Any] | None) -> None:
        if encryption and (encryption[0].get("kms_key") or "") != self._kms_key_arn:
            pulumi.log.warn(
                f"The repository {repository!r} keeps the encryption it was made with, which ECR cannot change; "
                f"tfserving:kmsKeyArn {self._kms_key_arn!r} does not apply to it. To make it anew: delete it with its "
                "images, `pulumi refresh`, `pulumi up`.",
                resource=self,
            )

    def _lifecycle(self) -> None:
        aws.ecr.LifecyclePolicy(
            f"{self._name}-lifecycle",
            repository=self.repository.name,
            policy=json.dumps({"rules": [_untagged_expire()]}),
            opts=self._child(),
        )


def _untagged_expire() -> dict[str, Any]:
    # Tagged images stay: any of them may be the one a stack runs, and an expired one cannot boot a machine again.
    return {
        "rulePriority": 1,
        "description": "Left-overs of broken pushes",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    }
