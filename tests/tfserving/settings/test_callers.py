"""Who may call: blocks as AWS takes them, and never the world by the back door."""

import ipaddress
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tfserving.settings.test_load import problems_of
from tfserving.settings import load_settings
from tfserving.settings.callers import caller_mistakes

HALVES = ["0.0.0.0/1", "128.0.0.0/1"]


def complaint(*cidrs: str) -> str:
    """Load callers that must be refused with one message; give it with its key."""
    [(where, message)] = problems_of(callerCidrs=list(cidrs)).items()
    return f"{where}: {message}"


@pytest.mark.parametrize(
    "world",
    [
        HALVES,
        HALVES[::-1],
        ["::/1", "8000::/1"],
        [*HALVES, "10.0.0.0/8"],
        ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
        ["0.0.0.0/0", "10.0.0.0/8"],
    ],
)
def test_the_world_in_several_pieces_is_refused_unless_it_is_meant(world: list[str]) -> None:
    assert "the whole world" in complaint(*world)
    assert load_settings({"callerCidrs": json.dumps(world), "allowWholeWorld": "true"})


def test_both_worlds_are_told() -> None:
    assert len(list(caller_mistakes([*HALVES, "::/0"], allow_whole_world=False))) == 2


@pytest.mark.parametrize(
    "cidrs", [["10.0.0.0/9", "10.128.0.0/9"], ["3.0.0.0/8", "2.0.0.0/8"], ["fc00::/7"], ["2600::/16"]]
)
def test_networks_of_one_owner_are_accepted(cidrs: list[str]) -> None:
    assert load_settings({"callerCidrs": json.dumps(cidrs)}).network.caller_cidrs == tuple(cidrs)


@pytest.mark.parametrize("cidr", ["0.0.0.0/1", "32.0.0.0/7", "2000::/3", "2a00::/12"])
def test_a_block_wider_than_any_owners_is_refused_unless_it_is_meant(cidr: str) -> None:
    assert "wider than a /" in complaint(cidr)
    assert load_settings({"callerCidrs": json.dumps([cidr]), "allowWholeWorld": "true"})


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 8)), max_size=12))
def test_whatever_covers_the_world_is_called_that(pieces: list[tuple[int, int]]) -> None:
    blocks = [str(ipaddress.ip_network((address, length), strict=False)) for address, length in pieces]
    covered = {n for b in map(ipaddress.ip_network, blocks) for n in range(int(b[0]) >> 24, (int(b[-1]) >> 24) + 1)}
    mistakes = list(caller_mistakes(blocks, allow_whole_world=False))
    assert any("whole world" in mistake for mistake in mistakes) == (len(covered) == 256)


@pytest.mark.parametrize(
    ("cidr", "fragment"),
    [
        (
            "10.0.0.5/16",
            "has host bits set. Write '10.0.0.0/16' for the network, or '10.0.0.5/32' for the one address.",
        ),
        ("2001:db8::1/32", "Write '2001:db8::/32' for the network, or '2001:db8::1/128'"),
        ("::ffff:10.0.0.0/112", "Write '10.0.0.0/16'."),
        ("::ffff:a00:1/128", "Write '10.0.0.1/32'."),
        ("::ffff:0:0/96", "Write '0.0.0.0/0'."),
        ("fe80::%eth0/64", "names a zone"),
        ("fe80::1%1", "names a zone"),
        ("10.0.0.0/33", "is not a CIDR block"),
        ("10.0.0.0/-1", "is not a CIDR block"),
        ("10.0.0/8", "is not a CIDR block"),
        ("010.0.0.0/8", "is not a CIDR block"),
        ("\uff11\uff10.0.0.0/8", "is not a CIDR block"),
        ("10.0.0.0/\uff18", "is not a CIDR block"),
        ("example.com", "is not a CIDR block"),
        ("", "is not a CIDR block"),
        ("  ", "is not a CIDR block"),
        ("0.0.0.0/32", "from which nobody calls"),
        ("127.0.0.0/8", "from which nobody calls"),
        ("::1/128", "from which nobody calls"),
        ("239.1.0.0/16", "from which nobody calls"),
        ("255.255.255.255/32", "from which nobody calls"),
        ("10.0.0.0/8\0", "U+0000 at position 11"),
    ],
)
def test_what_aws_would_refuse_or_nobody_calls_from_is_refused_at_its_entry(cidr: str, fragment: str) -> None:
    message = complaint("192.168.0.0/16", cidr)
    assert message.startswith(f"tfserving:callerCidrs.1: {cidr!r}"[:40])
    assert fragment in message


@pytest.mark.parametrize("entry", [10, True, None, ["10.0.0.0/8"], {"a": 1}])
def test_an_entry_that_is_not_text_is_refused(entry: object) -> None:
    assert "is not text" in problems_of(callerCidrs=[entry])["tfserving:callerCidrs.0"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.0.0.0/16", "10.0.0.0/16"),
        ("10.0.0.0/16", "10.0.0.0/255.255.0.0"),
        ("10.0.0.0/16", " 10.0.0.0/16 "),
        ("10.0.0.1", "10.0.0.1/32"),
        ("2001:db8::/32", "2001:0DB8:0:0::/32"),
        ("2001:db8::/32", "2001:db8:0000:0000:0000:0000:0000:0000/32"),
    ],
)
def test_a_network_in_two_spellings_is_refused_once(one: str, other: str) -> None:
    assert "twice, as entries 0 and 2" in complaint(one, "192.168.0.0/16", other)


def test_a_network_within_another_is_two_rules_to_aws_and_accepted() -> None:
    assert load_settings({"callerCidrs": '["10.0.0.0/8", "10.1.0.0/16"]'})


@pytest.mark.parametrize(("key", "value"), [("callerSecurityGroups", "sg-0123abcd"), ("subnetIds", "subnet-0123abcd")])
def test_an_id_named_twice_is_refused(key: str, value: str) -> None:
    problems = problems_of(vpcId="vpc-0123abcd", **{key: [value, value]})
    assert problems == {f"tfserving:{key}": f"names {value!r} twice, as entries 0 and 1. Keep one of them."}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("callerSecurityGroups", "sg-0123ABCD"),
        ("callerSecurityGroups", "sg-0123abcd9"),
        ("callerSecurityGroups", ""),
        ("subnetIds", "subnet-\uff10123abcd"),
    ],
)
def test_an_id_that_aws_gives_to_nothing_is_refused(key: str, value: str) -> None:
    assert f"tfserving:{key}.0" in problems_of(vpcId="vpc-0123abcd", **{key: [value]})
