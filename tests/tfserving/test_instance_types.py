"""Instance types: what may carry a server."""

from typing import Any

import boto3
import pytest

from tfserving.instance_types import FAMILIES, family_of, instance_type_mistake, is_arm64, vcpus_of


@pytest.mark.parametrize(
    "family", ["a1", "t4g", "c6g", "c6gd", "c6gn", "m7gd", "im4gn", "is4gen", "x2gd", "g5g", "hpc7g", "i4g"]
)
def test_graviton_families_are_known_by_their_names(family: str) -> None:
    assert is_arm64(family)


def test_no_listed_family_looks_like_graviton() -> None:
    assert [family for family in FAMILIES if is_arm64(family)] == []


def test_an_arm64_type_is_refused_with_an_x86_alternative() -> None:
    mistake = instance_type_mistake("c7g.xlarge")
    assert mistake is not None
    assert "'c7g.xlarge' is arm64" in mistake
    assert "c7i.large" in mistake


@pytest.mark.parametrize("text", ["c7i", "c7i.", ".large", "C7i.large", "c7i large", "", "c7i.large.2"])
def test_what_is_no_instance_type_is_refused(text: str) -> None:
    assert "is not an EC2 instance type" in (instance_type_mistake(text) or "")


def test_a_family_nobody_described_is_refused_with_the_place_to_add_it() -> None:
    assert "tfserving/instance_types.py" in (instance_type_mistake("z9q.large") or "")


@pytest.mark.parametrize(
    "instance_type", ["c7i.large", "c7i-flex.xlarge", "g4dn.xlarge", "m5.metal", "t3.micro", "p5.48xlarge"]
)
def test_x86_types_are_accepted(instance_type: str) -> None:
    assert instance_type_mistake(instance_type) is None


@pytest.mark.parametrize(
    ("instance_type", "meant"), [("c7i.xlage", "c7i.xlarge"), ("c7i.huge", "c7i.xlarge"), ("m5.7xlarge", "m5.")]
)
def test_a_size_that_no_family_has_is_refused(instance_type: str, meant: str) -> None:
    mistake = instance_type_mistake(instance_type)
    assert mistake is not None
    assert f"{instance_type!r} is of no size that EC2 has" in mistake
    assert meant in mistake


def test_every_type_of_a_listed_family_that_ec2_has_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    client = boto3.session.Session().client("ec2", aws_access_key_id="x", aws_secret_access_key="x")
    shape: Any = client.meta.service_model.shape_for("InstanceType")
    types = [name for name in shape.enum if family_of(name) in FAMILIES]
    assert len(types) > 500
    assert [name for name in types if instance_type_mistake(name)] == []


def test_every_family_has_at_least_what_the_stock_server_is_compiled_for() -> None:
    assert all({"avx", "sse4_2"} <= family.instruction_sets for family in FAMILIES.values())


def test_the_family_is_the_part_before_the_size() -> None:
    assert family_of("c7i-flex.8xlarge") == "c7i-flex"


@pytest.mark.parametrize(
    ("instance_type", "vcpus"),
    [
        ("t2.micro", 1),
        ("t3.micro", 2),
        ("c7i.large", 2),
        ("m7i.xlarge", 4),
        ("c7i-flex.8xlarge", 32),
        ("p5.48xlarge", 192),
        ("c7i.metal-24xl", 96),
        ("m5.metal", None),
        ("nonsense", None),
    ],
)
def test_vcpus_follow_from_the_size(instance_type: str, vcpus: int | None) -> None:
    assert vcpus_of(instance_type) == vcpus
