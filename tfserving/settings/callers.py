"""Networks that may call: what AWS takes for a CIDR block, and which of them are no network of anybody's."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

from tfserving.spelling import shown

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_EXAMPLE: Final = "Write one such as '10.0.0.0/16'"
_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_MAPPED_PREFIX: Final = 96
# Unique local addresses: a private network may be as wide as it likes.
_PRIVATE: Final = ipaddress.IPv6Network("fc00::/7")
# The widest blocks that one owner holds: IANA gave out IPv4 by the /8, and nobody numbers more than a /16 of IPv6.
_WIDEST: Final = {4: 8, 6: 16}
_NOBODY: Final = tuple(
    (ipaddress.ip_network(text), kind)
    for text, kind in (
        ("0.0.0.0/8", "of no machine's address"),
        ("127.0.0.0/8", "of loopback addresses"),
        ("224.0.0.0/4", "of multicast addresses"),
        ("240.0.0.0/4", "of addresses that are reserved"),
        ("::/127", "of the loopback and the unspecified address"),
        ("ff00::/8", "of multicast addresses"),
    )
)


def cidr_block(text: str) -> str:
    """Give a CIDR block as AWS writes it; raises ValueError with what is wrong and what to write."""
    if "%" in text:
        raise ValueError(f"names a zone of one machine (%...), which means nothing to AWS. {_EXAMPLE}")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"is not a CIDR block: {error}. {_EXAMPLE}") from error
    if mistake := _mistake(network, text):
        raise ValueError(mistake)
    return str(network)


def caller_mistakes(cidrs: Sequence[str], allow_whole_world: bool) -> Iterator[str]:
    """Refuse the whole world, in one piece or in several, and blocks wider than any owner's, unless they are meant."""
    if allow_whole_world:
        return
    networks = [ipaddress.ip_network(cidr) for cidr in cidrs]
    for version in (4, 6):
        family = [network for network in networks if network.version == version]
        if _is_world(family):
            yield _world_message(family)
        else:
            yield from (_wide_message(network) for network in family if _is_wide(network))


def _mistake(network: Network, text: str) -> str | None:
    if _host_bits(text):
        one = f"{text.partition('/')[0]}/{network.max_prefixlen}"
        return f"has host bits set. Write {str(network)!r} for the network, or {one!r} for the one address"
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        address = ipaddress.IPv4Address(int(network.network_address) & 0xFFFFFFFF)
        return (
            "is IPv4 mapped into IPv6, which no caller's packets carry and AWS refuses. "
            f"Write '{address}/{network.prefixlen - _MAPPED_PREFIX}'"
        )
    for space, kind in _NOBODY:
        if network.version == space.version and network.subnet_of(space):  # type: ignore[arg-type]
            return f"is a block {kind}, from which nobody calls. {_EXAMPLE}"
    return None


def _host_bits(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return True
    return False


def _is_world(family: Sequence[Network]) -> bool:
    merged = ipaddress.collapse_addresses(family)  # type: ignore[type-var]
    return any(network.prefixlen == 0 for network in merged)


def _is_wide(network: Network) -> bool:
    private = isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_PRIVATE)
    return network.prefixlen < _WIDEST[network.version] and not private


def _world_message(family: Sequence[Network]) -> str:
    blocks = shown(", ".join(str(network) for network in family))
    return (
        f"{blocks} {'lets' if len(family) == 1 else 'together let'} the whole world call a server that has no "
        "authentication. Name the networks that need it, or set allowWholeWorld to true."
    )


def _wide_message(network: Network) -> str:
    return (
        f"{str(network)!r} is wider than a /{_WIDEST[network.version]}, the most that one owner has, and lets "
        "strangers call a server that has no authentication. "
        "Name the networks that need it, or set allowWholeWorld to true."
    )
