"""What the model store has of the models that models.config wants, asked with the stack's own credentials."""

from collections.abc import Iterable, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.refusal import Refusal
from tfserving.errors import ServerConfigError
from tfserving.model_store.layout import manifest_key, model_prefix, version_of, version_prefix
from tfserving.model_store.manifest import SAVED_MODEL
from tfserving.model_store.wanted import StoredModel, WantedModel, shortage

# One complete version among so many of the highest numbers is enough where none are listed.
_NEWEST: Final = 5
_MOST_VERSIONS: Final = 100_000
# The two forms of a SavedModel's file, and what lies beside them by accident.
_MOST_LIKE_IT: Final = 20


def stored_bucket(
    wanted: Sequence[WantedModel], bucket: pulumi.Output[str], owner: pulumi.Resource
) -> pulumi.Output[str]:
    """Give the bucket once it is known to have what is wanted; `owner` asks S3, and its line warns.

    A bucket that is not made yet has nothing, and is not asked. Fails with Refusal, which names each place in the
    config and the command that mends it.
    """
    asked: pulumi.Output[list[StoredModel]] = bucket.apply(lambda name: _Store(name, owner).models(wanted))
    return pulumi.Output.all(bucket, asked).apply(lambda found: _checked(wanted, found[0], found[1], owner))


def _checked(wanted: Sequence[WantedModel], bucket: str, stored: Sequence[StoredModel], owner: pulumi.Resource) -> str:
    lacks = shortage(wanted, dict(zip([model.name for model in wanted], stored, strict=True)), bucket)
    for warning in lacks.warnings:
        pulumi.log.warn(warning, resource=owner)
    if lacks.problems:
        raise Refusal(ServerConfigError(lacks.problems))
    return bucket


class _Store:
    """A bucket, asked through the provider; listing is all the rights it takes, and no key of KMS."""

    def __init__(self, bucket: str, owner: pulumi.Resource) -> None:
        self._bucket = bucket
        self._owner = owner

    def models(self, wanted: Iterable[WantedModel]) -> pulumi.Output[list[StoredModel]]:
        return pulumi.Output.all(*(self._model(model) for model in wanted))

    def _model(self, model: WantedModel) -> pulumi.Output[StoredModel]:
        listed = self._list(model_prefix(model.name), _MOST_VERSIONS, delimiter="/")
        return listed.common_prefixes.apply(lambda folders: self._complete(model, _versions(folders)))

    def _complete(self, model: WantedModel, begun: frozenset[int]) -> pulumi.Output[StoredModel]:
        # Of listed ones all count; the others are what the operator may choose instead.
        newest = sorted(begun)[-_NEWEST:]
        looked_at = sorted({*newest, *(begun & model.versions.keys())})
        complete = pulumi.Output.all(*(self._is_complete(model.name, version) for version in looked_at))
        return complete.apply(
            lambda found: StoredModel(begun, frozenset(v for v, whole in zip(looked_at, found, strict=True) if whole))
        )

    def _is_complete(self, model: str, version: int) -> pulumi.Output[bool]:
        manifest, saved_model = manifest_key(model, version), f"{version_prefix(model, version)}{SAVED_MODEL}"
        keys = [self._list(manifest, 1).keys, self._list(saved_model, _MOST_LIKE_IT).keys]
        return pulumi.Output.all(*keys).apply(
            lambda found: manifest in found[0] and not {saved_model, f"{saved_model}txt"}.isdisjoint(found[1])
        )

    def _list(self, prefix: str, most: int, delimiter: str | None = None) -> pulumi.Output[aws.s3.GetObjectsResult]:
        return aws.s3.get_objects_output(
            bucket=self._bucket,
            prefix=prefix,
            delimiter=delimiter,
            max_keys=most,
            opts=pulumi.InvokeOutputOptions(parent=self._owner),
        )


def _versions(folders: Iterable[str]) -> frozenset[int]:
    numbers = (version_of(folder.rstrip("/").rpartition("/")[2]) for folder in folders)
    return frozenset(number for number in numbers if number is not None)
