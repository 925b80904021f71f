"""What models.config comes to, held against the store."""

from collections.abc import Callable, Sequence

from tfserving.agent.rollout.facts import Label, Offer, Offers
from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig

Published = Callable[[str], Sequence[int]]


def wanted_offers(config: ModelServerConfig, published: Published) -> dict[str, Offer]:
    """Resolve each model's version policy; `published` lists a model's complete versions in the store.

    A label on a version that the policy does not pick is left out; `stray_labels` names it.
    """
    offers = {}
    for model in config.model_config_list.config:
        versions = _resolve(model, published)
        labels = {label: version for label, version in model.version_labels.items() if version in versions}
        offers[model.name] = Offer(versions, labels)
    return offers


def stray_labels(config: ModelServerConfig, wanted: Offers) -> dict[Label, int]:
    """Give the labels that lead to a version which the model's policy does not pick."""
    return {
        (model.name, label): version
        for model in config.model_config_list.config
        for label, version in model.version_labels.items()
        if label not in wanted[model.name].labels
    }


def names_of(config: ModelServerConfig) -> list[str]:
    """Give the models' names."""
    return [model.name for model in config.model_config_list.config]


def _resolve(model: ModelConfig, published: Published) -> frozenset[int]:
    policy = model.model_version_policy
    if policy.WhichOneof("policy_choice") == "specific":
        return frozenset(policy.specific.versions)
    versions = sorted(published(model.name))
    if policy.WhichOneof("policy_choice") == "all":
        return frozenset(versions)
    # No policy, and a policy of 0 versions, both mean the latest one.
    return frozenset(versions[-(policy.latest.num_versions or 1) :])
