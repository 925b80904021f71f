"""What every component shares: token, tags, and the options of its children."""

from collections.abc import Mapping
from typing import Any

import pulumi


class Component(pulumi.ComponentResource):
    """A component resource whose children are parented and tagged alike."""

    def __init__(self, kind: str, name: str, tags: Mapping[str, str], opts: pulumi.ResourceOptions | None) -> None:
        super().__init__(f"tfserving:aws:{kind}", name, {}, opts)
        self._name = name
        self._common_tags = dict(tags)

    def _child(self, **options: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self), pulumi.ResourceOptions(**options))

    def _invoke(self) -> pulumi.InvokeOutputOptions:
        # Unlike children, invokes do not inherit the component's provider by themselves.
        return pulumi.InvokeOutputOptions(parent=self)

    def _tags(self, name: str) -> dict[str, str]:
        return {**self._common_tags, "Name": name}
