"""The real engine on the project's components: a key that is named later, access logs, and endpoints."""

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.image_repository import ImageRepository
from components.model_store import ModelStore, ModelStoreArgs
from components.vpc_endpoints import VpcEndpoints, VpcEndpointsArgs
from tests.local.providers.conftest import REGION, Deployment
from tests.local.providers.test_aws_protection import log_bucket_policy
from tests.tfserving.settings.test_storage import KEY

# The SDK leaves its event loop open when an inline program fails.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Collect what the SDK left open within the test that ignores its complaints."""
    yield
    gc.collect()


def stack_with(*, key: str = "", logs: str = "") -> Callable[[], None]:
    """Make a program of what holds data, and the endpoints of a machine in the default VPC."""

    def program() -> None:
        vpc = aws.ec2.get_vpc_output(default=True).id
        subnets = aws.ec2.get_subnets_output(filters=[{"name": "vpc-id", "values": [vpc]}])
        store = ModelStore(
            "store", ModelStoreArgs(protected=False, kms_key_arn=key, access_logs_bucket=logs, tags={"Stack": "test"})
        )
        images = ImageRepository("images", protected=False, kms_key_arn=key, tags={"Stack": "test"})
        machines = aws.ec2.SecurityGroup("machines", vpc_id=vpc)
        VpcEndpoints(
            "ways",
            VpcEndpointsArgs(
                region=REGION,
                account=images.repository.registry_id,
                vpc_id=vpc,
                subnet_id=subnets.ids.apply(min),
                machines=machines.id,
                secrets=True,
                tags={"Stack": "test"},
            ),
        )
        pulumi.export("repository", images.repository.name)
        pulumi.export("models", store.models.name)

    return program


def test_a_key_and_access_logs_come_in_place_and_leave_repositories_as_they_are(
    deployment: Deployment, cloud: Callable[[str], Any]
) -> None:
    location = {"LocationConstraint": REGION}
    cloud("s3").create_bucket(Bucket="access-logs", CreateBucketConfiguration=location)
    cloud("s3").put_bucket_policy(Bucket="access-logs", Policy=log_bucket_policy("access-logs"))
    deployment.up(stack_with())
    before = deployment.output("repository")
    assert deployment.up(stack_with()) == {}
    deployment.stack.refresh(expect_no_changes=True)

    # The two buckets' encryption, and an access log of each; nothing is replaced.
    assert deployment.up(stack_with(key=KEY, logs="access-logs")) == {"update": 2, "create": 2}
    assert deployment.up(stack_with(key=KEY, logs="access-logs")) == {}
    deployment.stack.refresh(expect_no_changes=True)
    assert deployment.output("repository") == before
    (repository,) = cloud("ecr").describe_repositories()["repositories"]
    assert repository["encryptionConfiguration"] == {"encryptionType": "AES256"}
    models = deployment.output("models")
    (rule,) = cloud("s3").get_bucket_encryption(Bucket=models)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == KEY
    logging = cloud("s3").get_bucket_logging(Bucket=models)["LoggingEnabled"]
    assert (logging["TargetBucket"], logging["TargetPrefix"]) == ("access-logs", f"{models}/")
    services = {endpoint["ServiceName"].rpartition(f"{REGION}.")[2] for endpoint in endpoints(cloud)}
    assert services == {"s3", "ecr.api", "ecr.dkr", "ssm", "ssmmessages", "secretsmanager"}

    deployment.stack.destroy()
    assert [bucket["Name"] for bucket in cloud("s3").list_buckets()["Buckets"]] == ["access-logs"]
    assert endpoints(cloud) == []


def endpoints(cloud: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Give the VPC endpoints there are; moto tells of deleted ones too."""
    found = cloud("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    return [endpoint for endpoint in found if endpoint["State"] != "deleted"]
