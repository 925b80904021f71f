"""An ECR repository for one kind of image."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.component import Component

UNTAGGED_DAYS: Final = 7


class ImageRepository(Component):
    """A private repository with immutable tags, scanned on push, in which only untagged images expire."""

    repository: aws.ecr.Repository
    url: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        protected: bool,
        tags: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("ImageRepository", name, tags, opts)
        self.repository = self._repository(protected)
        self._lifecycle()
        self.url = self.repository.repository_url
        self.arn = self.repository.arn
        self.register_outputs({"url": self.url, "arn": self.arn})

    def _repository(self, protected: bool) -> aws.ecr.Repository:
        return aws.ecr.Repository(
            self._name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "AES256"}],
            force_delete=not protected,
            tags=self._tags(self._name),
            opts=self._child(protect=protected),
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
