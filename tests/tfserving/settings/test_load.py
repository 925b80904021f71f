"""Settings: from configuration values to checked models."""

import json

import pytest

from tfserving.errors import SettingsError
from tfserving.settings import Settings, load_settings


def problems_of(**values: object) -> dict[str, str]:
    """Load settings that must be refused; give the messages by key."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    with pytest.raises(SettingsError) as refused:
        load_settings(texts)
    return {problem.where: problem.message for problem in refused.value.problems}


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings({}) == Settings()


def test_values_arrive_as_text_and_become_typed() -> None:
    settings = load_settings(
        {
            "serverVersion": "2.19.1",
            "configPollSeconds": "30",
            "diskSizeGib": "100",
            "allowWholeWorld": "true",
            "callerCidrs": '["10.0.0.0/16", "::/0"]',
            "serverFlags": '{"grpc_max_threads": 64}',
            "tags": '{"Team": "vision"}',
        }
    )
    assert settings.server.config_poll_seconds == 30
    assert settings.machine.disk_size_gib == 100
    assert settings.network.allow_whole_world is True
    assert settings.network.caller_cidrs == ("10.0.0.0/16", "::/0")
    assert settings.server.flags == {"grpc_max_threads": 64}
    assert settings.stack.tags == {"Team": "vision"}


def test_nobody_may_call_by_default() -> None:
    network = Settings().network
    assert (network.caller_cidrs, network.caller_security_groups, network.allow_whole_world) == ((), (), False)


def test_an_unknown_key_is_refused_with_the_closest_known_one() -> None:
    assert problems_of(instanceTyp="c7i.large") == {
        "tfserving:instanceTyp": "is not a setting. Did you mean 'instanceType'?"
    }


def test_a_key_like_nothing_known_is_refused_with_where_to_look() -> None:
    assert "Pulumi.yaml" in problems_of(zzz="1")["tfserving:zzz"]


def test_all_mistakes_of_all_concerns_are_reported_at_once() -> None:
    problems = problems_of(
        serverVersion="2.20",
        instanceType="c7g.large",
        diskSizeGib="5",
        deletion="never",
        nonsense="1",
        callerCidrs=["10.0.0.0/33"],
    )
    assert set(problems) == {
        "tfserving:serverVersion",
        "tfserving:instanceType",
        "tfserving:diskSizeGib",
        "tfserving:deletion",
        "tfserving:nonsense",
        "tfserving:callerCidrs.0",
    }
    assert "'2.20'" in problems["tfserving:serverVersion"]


@pytest.mark.parametrize("everybody", ["0.0.0.0/0", "::/0"])
def test_the_whole_world_is_refused_unless_it_is_meant(everybody: str) -> None:
    message = problems_of(callerCidrs=[everybody])["tfserving:callerCidrs"]
    assert everybody in message
    assert "allowWholeWorld" in message
    meant = load_settings({"callerCidrs": json.dumps([everybody]), "allowWholeWorld": "true"})
    assert meant.network.caller_cidrs == (everybody,)


def test_an_arm64_instance_type_is_refused() -> None:
    assert "arm64" in problems_of(instanceType="m7g.large")["tfserving:instanceType"]


def test_a_server_flag_that_does_not_exist_is_refused() -> None:
    problems = problems_of(serverFlags={"grpc_max_thread": 8})
    assert "grpc_max_threads" in problems["tfserving:serverFlags.grpc_max_thread"]


def test_a_server_flag_of_the_wrong_type_is_refused() -> None:
    assert "'many'" in problems_of(serverFlags={"grpc_max_threads": "many"})["tfserving:serverFlags.grpc_max_threads"]


def test_subnets_without_their_vpc_are_refused() -> None:
    assert "vpcId" in problems_of(subnetIds=["subnet-0123456789abcdef0"])["tfserving:subnetIds"]


def test_a_base_image_beside_a_ready_image_waits_for_the_next_build() -> None:
    ready = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/server@sha256:{'0' * 64}"
    base = "mirror/tensorflow/serving:2.20.0"
    images = load_settings({"serverImageDigest": ready, "serverBaseImage": base}).images
    assert (images.server_digest, images.server_base) == (ready, base)


def test_a_ready_image_may_have_a_tag_beside_its_digest() -> None:
    ready = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/server:0123@sha256:{'0' * 64}"
    assert load_settings({"serverImageDigest": ready}).images.server_digest == ready


def test_an_image_by_tag_is_refused_where_a_digest_is_wanted() -> None:
    assert "by digest" in problems_of(agentImageDigest="registry.example/agent:1.0")["tfserving:agentImageDigest"]


def test_tags_that_aws_keeps_for_itself_are_refused() -> None:
    assert "aws:" in problems_of(tags={"aws:team": "x"})["tfserving:tags"]


def test_more_tags_than_an_object_can_carry_are_refused() -> None:
    assert "7 tags" in problems_of(tags={f"tag{number}": "x" for number in range(7)})["tfserving:tags"]


@pytest.mark.parametrize("version", ["2", "2.20", "v2.20.0", "latest", "2.20.0-gpu"])
def test_a_server_version_is_a_release(version: str) -> None:
    assert "2.20.0" in problems_of(serverVersion=version)["tfserving:serverVersion"]
