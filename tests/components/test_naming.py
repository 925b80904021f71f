"""Names of resources."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from components.naming import caller_name, caller_names

NETWORKS = st.builds(
    lambda address, length: str(ipaddress.ip_network((address, length), strict=False)),
    st.lists(st.sampled_from([0, 1, 0x10, 0xDB8]), min_size=8, max_size=8).map(
        lambda groups: int("".join(f"{group:04x}" for group in groups), base=16)
    ),
    st.integers(0, 128),
)


def test_a_caller_alone_has_its_short_name() -> None:
    callers = ["10.0.0.0/16", "2001:db8::/32", "sg-0123abcd", "2001:db8::7/128"]
    assert caller_names(callers) == {caller: caller_name(caller) for caller in callers}


def test_two_hosts_whose_short_names_are_the_same_are_told_apart() -> None:
    assert caller_names(["2001:db8:7::/128", "2001:db8::7/128"]) == {
        "2001:db8:7::/128": "2001-db8-7-128",
        "2001:db8::7/128": "2001-0db8-0000-0000-0000-0000-0000-0007-128",
    }


@given(st.sets(NETWORKS, max_size=20))
def test_no_two_callers_share_a_name(callers: set[str]) -> None:
    names = caller_names(callers)
    assert len(set(names.values())) == len(callers)
