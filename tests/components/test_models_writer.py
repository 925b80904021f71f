"""Who writes models.config after the first time."""

from tests.components.conftest import Deploy, Registration
from tests.components.test_program import READY


def models_config(deploy: Deploy, **config: str) -> Registration:
    objects = deploy(**READY, **config).all("s3/bucketObjectv2:BucketObjectv2")
    (models,) = (each for each in objects if each.inputs["key"] == "configs/models.config")
    for other in (each for each in objects if each is not models):
        assert list(other.options.ignoreChanges) == []
    return models


def test_pulumi_writes_the_object_whenever_the_file_changes(deploy: Deploy) -> None:
    models = models_config(deploy)
    assert list(models.options.ignoreChanges) == []
    assert "metadata" not in models.inputs
    assert models.inputs["content"].startswith("# Written by Pulumi from the stack's models.config")


def test_with_tfs_pulumi_writes_the_object_once_and_it_says_so(deploy: Deploy) -> None:
    models = models_config(deploy, modelsConfigWriter="tfs")
    assert list(models.options.ignoreChanges) == ["content", "contentType"]
    assert models.inputs["metadata"] == {"writer": "tfs"}
    assert models.inputs["content"].startswith("# Written by Pulumi once; `tfs` writes it from then on.\n")
