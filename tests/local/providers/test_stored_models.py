"""The real engine on a models.config that wants what the store does not have."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pulumi
import pytest
from pulumi import automation as auto

from components.model_store import ModelStore, ModelStoreArgs
from components.server_configs import ServerConfigs, ServerConfigsArgs
from tests.local.providers.conftest import Deployment
from tfserving.server_configs import ServerConfigFile, ServerConfigFiles

# The SDK leaves its event loop open when an inline program fails.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

FILE = "configs/dev/models.config"


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Collect what the SDK left open within the test that ignores its complaints."""
    yield
    gc.collect()


def stack_of(policy: str) -> Callable[[], None]:
    """Make a program of a store and a models.config for one model."""
    text = f'model_config_list {{ config {{ name: "digits" model_version_policy {{ {policy} }} }} }}'

    def program() -> None:
        store = ModelStore("store", ModelStoreArgs(protected=False, tags={}))
        files = ServerConfigFiles(ServerConfigFile(FILE, text), None, None)
        ServerConfigs(
            "config",
            ServerConfigsArgs(
                files=files, bucket=store.configs.name, models_bucket=store.models.name, protected=False, tags={}
            ),
        )
        pulumi.export("models", store.models.name)

    return program


@dataclass
class Said:
    """A deployment, and what the engine says of it."""

    deployment: Deployment

    def preview(self, policy: str) -> str:
        """Preview a policy; gives what is said."""
        self.deployment.stack.workspace.program = stack_of(policy)
        return str(self.deployment.stack.preview().stdout)

    def refused(self, policy: str, operation: str) -> str:
        """Give the words in which a policy is refused."""
        self.deployment.stack.workspace.program = stack_of(policy)
        with pytest.raises(auto.CommandError) as refused:
            getattr(self.deployment.stack, operation)()
        assert "Traceback" not in str(refused.value)
        return str(refused.value)


def test_what_the_store_lacks_is_warned_of_at_first_and_refused_ever_after(
    deployment: Deployment, cloud: Callable[[str], Any]
) -> None:
    said = Said(deployment)
    one, two = "specific { versions: 1 }", "specific { versions: 1 versions: 2 }"
    # The bucket is not there to be asked.
    assert "tfs publish" not in said.preview(one)
    deployment.up(stack_of(one))
    models = deployment.output("models")
    publish = f"tfs publish DIRECTORY --model digits --version 1 --bucket {models}"
    assert publish in said.preview(one)
    assert "none of the wanted models" in said.preview("latest { num_versions: 2 }")

    s3 = cloud("s3")
    s3.put_object(Bucket=models, Key="models/digits/1/saved_model.pb", Body=b"a")
    assert "Version 1 of the model 'digits' is incomplete" in said.refused(one, "preview")
    s3.put_object(Bucket=models, Key="models/digits/1/manifest.json", Body=b"{}")
    assert "tfs publish" not in said.preview(one)
    assert "tfs publish" not in said.preview("all {}")

    # An update that is run without its preview writes nothing either.
    before = s3.list_object_versions(Bucket=deployment_configs(cloud), Prefix="configs/")["Versions"]
    for operation in ("preview", "up"):
        refused = said.refused(two, operation)
        assert (
            f"Version 2 of the model 'digits' is not in the model store: there is nothing at s3://{models}/" in refused
        )
        assert publish.replace("--version 1", "--version 2") in refused
        assert "list another one, such as 1" in refused
    assert s3.list_object_versions(Bucket=deployment_configs(cloud), Prefix="configs/")["Versions"] == before


def deployment_configs(cloud: Callable[[str], Any]) -> str:
    """Name the bucket of the configs."""
    names = (str(bucket["Name"]) for bucket in cloud("s3").list_buckets()["Buckets"])
    return next(name for name in names if name.startswith("store-configs"))
