"""Addresses and networks of callers."""

from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dictabelt.core.errors import Invalid
from dictabelt.core.networks import caller, network, within


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("2001:DB8:0::/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
    ],
)
def test_a_network_is_spelled_one_way(text: str, spelled: str) -> None:
    assert network(text) == spelled


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("10.1.0.5/16", "write 10.1.0.0/16, or 10.1.0.5 for that one address"),
        ("2001:db8::1/32", "write 2001:db8::/32, or 2001:db8::1 for that one address"),
        ("vault.example", "'vault.example' is no network; write 192.0.2.0/24"),
        ("10.0.0.0/33", "is no network"),
        ("010.0.0.1", "is no network"),
        ("", "is no network"),
    ],
)
def test_what_is_no_network_is_refused_with_the_fix(text: str, fix: str) -> None:
    with pytest.raises(Invalid) as refused:
        network(text)
    assert (refused.value.field, fix in str(refused.value)) == ("networks", True)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:207", "192.0.2.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("testclient", ""),
        ("192.0.2.7:80", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_caller_has_one_address_however_the_server_shows_it(
    host: str | None, address: str
) -> None:
    assert caller(host).address == address


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("192.0.2.0", True),
        ("192.0.2.255", True),
        ("192.0.3.0", False),
        ("192.0.1.255", False),
        ("::ffff:192.0.2.9", True),
        ("2001:db8:ffff::1", True),
        ("2001:db9::1", False),
        ("::c000:207", False),
        ("unknown", False),
        (None, False),
    ],
)
def test_a_caller_is_within_or_not(host: str | None, inside: bool) -> None:
    assert within(caller(host).address, ("192.0.2.0/24", "2001:db8::/32")) is inside


@settings(deadline=None, max_examples=100)
@given(st.ip_addresses(), st.integers(0, 128))
@example(IPv6Address("::ffff:1.2.3.4"), 100)
def test_every_address_is_within_its_own_networks_alone(address: object, bits: int) -> None:
    one = ip_address(str(address))
    wide = ip_network(f"{one}/{min(bits, one.max_prefixlen)}", strict=False)
    # An IPv4 caller is one however it is shown, and so in no network of IPv6.
    assume(getattr(one, "ipv4_mapped", None) is None or bits >= 96)
    assert within(caller(str(one)).address, (network(str(wide)),))
    assert not within(caller(str(one)).address, ())


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=40))
def test_no_text_makes_another_error(text: str) -> None:
    caller(text)
    with suppress(Invalid):
        network(text)
