"""Tags as AWS's services take and give them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.providers.resource_types import Change
from local.providers.wire import Values

Tags = dict[str, str]


def key_value(tags: Mapping[str, str]) -> list[Tags]:
    """Give tags as the list most services want."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def from_key_value(tags: Iterable[Mapping[str, Any]]) -> Tags:
    """Read the list most services give."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def all_tags(inputs: Values) -> Tags:
    """Give a completed resource's tags, the provider's defaults among them."""
    return dict(inputs.get("tagsAll") or {})


def specification(kind: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give tags as EC2 wants them at creation; none at all if there are none, for it refuses an empty list."""
    return [{"ResourceType": kind, "Tags": key_value(tags)}] if tags else []


def retagged(change: Change) -> tuple[list[Tags], list[str]]:
    """Tell which tags to write and which keys to remove."""
    old, new = all_tags(change.old), all_tags(change.new)
    written = {key: value for key, value in new.items() if old.get(key) != value}
    return key_value(written), sorted(old.keys() - new.keys())


def retag(change: Change, write: Callable[[list[Tags]], Any], remove: Callable[[list[str]], Any]) -> None:
    """Bring a resource's tags to what they shall be, with the calls of its service."""
    if change.of("tagsAll"):
        written, removed = retagged(change)
        if removed:
            remove(removed)
        if written:
            write(written)


def retag_ec2(client: Any, identity: str, change: Change) -> None:
    """Bring the tags of an EC2 resource to what they shall be."""
    retag(
        change,
        write=lambda tags: client.create_tags(Resources=[identity], Tags=tags),
        remove=lambda keys: client.delete_tags(Resources=[identity], Tags=[{"Key": key} for key in keys]),
    )
