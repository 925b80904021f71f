"""From models.config to versions and labels."""

import pytest

from tfserving.agent.rollout import Offer, stray_labels, wanted_offers
from tfserving.server_configs import parse_models

PUBLISHED = [1, 2, 10]


def offer(policy: str) -> Offer:
    """Resolve the policy of the only model."""
    text = f'model_config_list {{ config {{ name: "digits" {policy} }} }}'
    return wanted_offers(parse_models(text, "x"), lambda _: PUBLISHED)["digits"]


@pytest.mark.parametrize(
    ("policy", "versions"),
    [
        ("model_version_policy { specific { versions: 2 versions: 1 versions: 2 } }", {1, 2}),
        ("model_version_policy { all {} }", {1, 2, 10}),
        ("model_version_policy { latest { num_versions: 2 } }", {2, 10}),
        ("model_version_policy { latest {} }", {10}),
        ("", {10}),
    ],
)
def test_policies_resolve_to_versions(policy: str, versions: set[int]) -> None:
    assert offer(policy).versions == versions


def test_a_label_on_a_version_that_the_policy_does_not_pick_is_left_out_and_named() -> None:
    text = 'model_config_list { config { name: "digits" version_labels { key: "old" value: 1 } } }'
    config = parse_models(text, "x")
    wanted = wanted_offers(config, lambda _: PUBLISHED)
    assert wanted["digits"].labels == {}
    assert stray_labels(config, wanted) == {("digits", "old"): 1}
