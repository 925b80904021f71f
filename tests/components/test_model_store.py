"""The models' bucket: the stack's own, or one that exists."""

import json

from tests.components.conftest import Deploy
from tests.components.test_program import READY, statements


def test_a_bucket_that_exists_is_neither_made_nor_set_up(deploy: Deploy) -> None:
    stack = deploy(**READY, modelsBucket="our-models", accessLogsBucket="access-logs")
    assert [bucket.name for bucket in stack.all("s3/bucket:Bucket")] == ["tfserving-dev-configs"]
    settings = [resource for resource in stack.resources if resource.kind.startswith("aws:s3/bucket")]
    assert not [resource for resource in settings if resource.inputs.get("bucket") == "our-models"]
    assert "aws:s3/getBucket:getBucket" in stack.invokes


def test_machines_read_the_bucket_that_exists_and_configs_name_it(deploy: Deploy) -> None:
    stack = deploy(**READY, modelsBucket="our-models")
    policy = statements(stack)
    assert policy["ReadModels"]["Resource"] == "arn:aws:s3:::our-models/models/*"
    assert policy["ListModels"]["Resource"] == "arn:aws:s3:::our-models"
    objects = {config.inputs["key"]: config.inputs["content"] for config in stack.all(":BucketObjectv2")}
    assert 's3://our-models/models/digits"' in objects["configs/models.config"]
    assert "our-models" in json.dumps(stack.only("ec2/instance:Instance").inputs["userData"])


def test_without_the_setting_no_bucket_is_asked_for(deploy: Deploy) -> None:
    assert "aws:s3/getBucket:getBucket" not in deploy(**READY).invokes
