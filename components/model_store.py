"""The two buckets: models, and the server's config files."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.private_bucket import PrivateBucket


@dataclass(frozen=True, kw_only=True)
class ModelStoreArgs:
    """What shapes the store."""

    protected: bool
    tags: Mapping[str, str]


class ModelStore(Component):
    """`models/<model>/<version>/` in one bucket, `configs/` and the machines' `status/` in the other."""

    models: PrivateBucket
    configs: PrivateBucket

    def __init__(self, name: str, args: ModelStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ModelStore", name, args.tags, opts)
        self.models = self._bucket("models", args)
        self.configs = self._bucket("configs", args)
        self.register_outputs({"models_bucket": self.models.name, "configs_bucket": self.configs.name})

    def _bucket(self, what: str, args: ModelStoreArgs) -> PrivateBucket:
        return PrivateBucket(
            f"{self._name}-{what}",
            protected=args.protected,
            tags=args.tags,
            opts=self._child(),
        )
