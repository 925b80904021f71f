"""The table of model versions."""

import pulumi
import pytest

from tests.components.conftest import Deploy
from tests.components.test_program import READY
from tests.tfserving.settings.test_storage import KEY


def test_the_registry_is_paid_by_request_encrypted_and_restorable(deploy: Deploy) -> None:
    table = deploy(**READY).only("dynamodb/table:Table").inputs
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["serverSideEncryption"] == {"enabled": True}
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert (table["hashKey"], table["rangeKey"]) == ("model", "version")


def test_the_registry_lies_under_the_stacks_key(deploy: Deploy) -> None:
    table = deploy(**READY, kmsKeyArn=KEY).only("dynamodb/table:Table").inputs
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}


def test_the_registry_is_protected_as_the_buckets_are(deploy: Deploy) -> None:
    kept = deploy(**READY).only("dynamodb/table:Table")
    assert kept.options.protect
    assert kept.inputs["deletionProtectionEnabled"] is True
    thrown = deploy(**READY, deletion="force").only("dynamodb/table:Table")
    assert not thrown.options.protect
    assert thrown.inputs["deletionProtectionEnabled"] is False


def test_the_registry_says_where_models_config_is_and_the_stack_says_its_name(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported: dict[str, object] = {}
    monkeypatch.setattr(pulumi, "export", exported.__setitem__)
    table = deploy(**READY).only("dynamodb/table:Table").inputs
    assert table["tags"]["ConfigsBucket"] == "tfserving-dev-configs-id"
    assert "registryTable" in exported
