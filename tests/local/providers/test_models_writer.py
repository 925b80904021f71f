"""The real engine beside `tfs`: an object that both know is written by one of them at a time."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.server_configs import ServerConfigs, ServerConfigsArgs
from tests.local.providers.conftest import Deployment
from tests.tfserving.changes.test_in_bucket import KEY, TEXT
from tfserving.changes import ChangeError, ModelsConfig
from tfserving.server_configs import ModelsConfigWriter, ServerConfigFile, ServerConfigFiles

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def stack_of(writer: ModelsConfigWriter, text: str = TEXT, tag: str = "a") -> Callable[[], None]:
    def program() -> None:
        bucket = aws.s3.Bucket("bucket", force_destroy=True)
        enabled = {"status": "Enabled"}
        versioning = aws.s3.BucketVersioning("versioning", bucket=bucket.id, versioning_configuration=enabled)
        name = pulumi.Output.all(bucket.id, versioning.id).apply(lambda ids: str(ids[0]))
        files = ServerConfigFiles(ServerConfigFile("models.config", text), None, None)
        arguments = ServerConfigsArgs(
            files=files, bucket=name, models_bucket=name, models_writer=writer, protected=False, tags={"Tag": tag}
        )
        ServerConfigs("config", arguments)
        pulumi.export("bucket", name)

    return program


def test_the_engine_leaves_what_tfs_wrote_and_takes_it_back_with_the_setting(
    deployment: Deployment, cloud: Callable[[str], Any]
) -> None:
    s3 = cloud("s3")
    deployment.up(stack_of("pulumi"))
    bucket = deployment.output("bucket")
    config = ModelsConfig(s3, bucket, "ann")
    with pytest.raises(ChangeError, match="is written by Pulumi"):
        config.promote("digits")

    def text() -> str:
        return str(s3.get_object(Bucket=bucket, Key=KEY)["Body"].read().decode())

    served = text()
    changed = TEXT.replace('key: "test"', 'key: "canary"')
    assert deployment.up(stack_of("tfs", changed)) == {"update": 1}
    assert text() == served

    for version in (1, 2):
        for name in ("saved_model.pb", "manifest.json"):
            s3.put_object(Bucket=bucket, Key=f"models/digits/{version}/{name}", Body=b"{}")
    config.promote("digits")
    promoted = text()
    assert promoted != served
    assert deployment.up(stack_of("tfs", changed)) == {}
    deployment.stack.refresh()
    assert deployment.up(stack_of("tfs", TEXT)) == {}
    assert deployment.up(stack_of("tfs", TEXT, tag="b")) == {"update": 1}
    assert text() == promoted

    # The file is what it was when Pulumi wrote it last, and yet it is written.
    assert deployment.up(stack_of("pulumi", TEXT, tag="b")) == {"update": 1}
    assert text() == served
    assert [version.writer for version in config.history()] == ["pulumi", "tfs", "pulumi", "pulumi"]
