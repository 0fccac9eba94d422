"""Which addresses are private, which are an internet host's, and what ranges cover together."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.errors import Unseen
from diag.paths import ranges

prefixes = st.integers(0, 4)
blocks = st.builds(lambda bits, length: IPv4Network((bits << 28, length), strict=False), st.integers(0, 15), prefixes)


@pytest.mark.parametrize(
    "text", ["10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "199.36.153.5", "199.36.153.9"]
)
def test_private_ranges_only_sends_it_into_the_vpc(text: str) -> None:
    assert ranges.private(IPv4Address(text))


@pytest.mark.parametrize("text", ["34.171.0.1", "172.32.0.1", "199.36.153.1", "203.0.113.9", "198.51.100.7"])
def test_private_ranges_only_lets_it_leave_directly(text: str) -> None:
    assert not ranges.private(IPv4Address(text))


@pytest.mark.parametrize("text", ["127.0.0.1", "169.254.169.254", "240.0.0.1"])
def test_what_no_document_says_is_not_guessed(text: str) -> None:
    with pytest.raises(Unseen):
        ranges.private(IPv4Address(text))


@pytest.mark.parametrize("text", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "34.0.0.0/8", "203.0.113.0/24"])
def test_a_range_with_internet_hosts_is_public(text: str) -> None:
    assert ranges.public(IPv4Network(text))


@pytest.mark.parametrize("text", ["10.0.0.0/8", "100.64.0.0/12", "169.254.0.0/24", "199.36.153.8/30", "224.0.0.0/4"])
def test_a_range_without_internet_hosts_is_not_public(text: str) -> None:
    assert not ranges.public(IPv4Network(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.3:6379", "10.0.0.3"),
        (" 10.0.0.3\n", "10.0.0.3"),
        ("api.example:443", None),
        ("", None),
        ("10.0.0", None),
    ],
)
def test_an_address_is_read_with_or_without_its_port(text: str, found: str | None) -> None:
    assert ranges.address(text) == (IPv4Address(found) if found else None)


@given(st.lists(blocks, max_size=6), blocks)
def test_ranges_cover_what_every_part_of_it_lies_in(some: list[IPv4Network], whole: IPv4Network) -> None:
    parts = whole.subnets(new_prefix=4)
    assert ranges.cover(some, whole) is all(any(part.subnet_of(block) for block in some) for part in parts)
