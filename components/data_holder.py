"""What every component around data shares: what a destroy leaves alone, and the key it lies under."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import pulumi

from components.component import Component


class DataHolder(Component, ABC):
    """A component that holds data: it outlives a destroy if protected, and lies under a KMS key if one is named."""

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        protected: bool,
        tags: Mapping[str, str],
        kms_key_arn: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(type(self).__name__, name, tags, opts)
        self._protected = protected
        self._kms_key_arn = kms_key_arn
        self.register_outputs(self._make())

    @abstractmethod
    def _make(self) -> dict[str, pulumi.Output[str]]:
        """Make the resources; give what there is to register."""
