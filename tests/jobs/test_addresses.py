"""Only public addresses, in any disguise, unless the owner allows their network."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictabelt.jobs.addresses import Network, Refused, checked, resolved, special

PUBLIC = ("1.1.1.1", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e")
SPECIAL = {
    "unspecified": ("0.0.0.0", "0.1.2.3", "::"),
    "loopback": ("127.0.0.1", "127.255.255.254", "::1"),
    "private": ("10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd12::1", "fec0::1"),
    "link-local": ("169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%2"),
    "shared by a carrier": ("100.64.0.1", "100.100.100.200", "100.127.255.255"),
    "multicast": ("224.0.0.1", "239.255.255.255", "ff02::1"),
    "for benchmarks": ("198.18.0.1", "198.19.255.255", "2001:2::1"),
    "for documentation": ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"),
    "a cloud's own": ("168.63.129.16",),
    "a tunnel's": ("192.88.99.1", "2002:7f00:1::", "2002:a00:5::1", "2001:0:4136:e378::1"),
    "reserved": ("192.0.0.192", "255.255.255.255", "240.0.0.1", "64:ff9b:1::1", "100::1"),
}
# Cloud metadata by IPv6, IPv4-compatible and -translated, segment routing, ORCHID.
OTHERS = ("fd00:ec2::254", "fd20:ce::254", "::7f00:1", "::ffff:0:7f00:1", "5f00::1", "2001:10::1")
SPECIAL_IPV4 = [it for them in SPECIAL.values() for it in them if ":" not in it]


def disguises(address: str) -> list[str]:
    """IPv4 within IPv6: mapped (RFC 4291), translated by NAT64 (RFC 6052), 6to4, Teredo."""
    number = int(IPv4Address(address))
    teredo = (0x20010000 << 96) | (0x01010101 << 64) | (number ^ 0xFFFFFFFF)
    return [
        f"::ffff:{address}",
        str(IPv6Address(int(IPv6Address("64:ff9b::")) | number)),
        str(IPv6Address((0x2002 << 112) | (number << 80) | 1)),
        str(IPv6Address(teredo)),
    ]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_for_letters(address: str) -> None:
    assert checked([address], ()) == (ip_address(address),)


@pytest.mark.parametrize(("kind", "address"), [(k, it) for k, v in SPECIAL.items() for it in v])
def test_what_is_not_public_is_refused_and_named(kind: str, address: str) -> None:
    with pytest.raises(Refused, match=f"the address {address} is {kind}; allow it with webhook_"):
        checked([address], ())


@pytest.mark.parametrize("address", OTHERS)
def test_the_odd_ends_of_ipv6_are_refused(address: str) -> None:
    with pytest.raises(Refused):
        checked([address], ())


@pytest.mark.parametrize("address", SPECIAL_IPV4)
def test_no_ipv6_form_hides_an_ipv4_address(address: str) -> None:
    for it in disguises(address):
        with pytest.raises(Refused):
            checked([it], ())


def test_a_public_ipv4_address_is_reached_by_its_mapped_and_its_nat64_form() -> None:
    mapped, translated, *_ = disguises("1.1.1.1")
    assert checked([mapped], ()) == (IPv4Address("1.1.1.1"),)
    assert checked([translated], ()) == (IPv6Address("64:ff9b::101:101"),)


@given(
    st.one_of(
        st.ip_addresses(),
        st.sampled_from(SPECIAL_IPV4).flatmap(
            lambda it: st.sampled_from(disguises(it)).map(ip_address)
        ),
    )
)
@settings(deadline=None, max_examples=200)
def test_nothing_goes_where_the_standard_library_sees_no_public_address(
    address: IPv4Address | IPv6Address,
) -> None:
    if special(address) is None and address not in ip_network("64:ff9b::/96"):
        plain = (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
        assert plain.is_global
        assert not (plain.is_multicast)
        assert not (plain.is_loopback)
        assert not (plain.is_reserved)


@pytest.mark.parametrize("order", [1, -1])
def test_one_bad_answer_among_good_ones_refuses_all(order: int) -> None:
    with pytest.raises(Refused, match=r"10\.0\.0\.5"):
        checked(["1.1.1.1", "10.0.0.5"][::order], ())


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(Refused, match="no address"):
        checked([], ())


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00::1"])
def test_an_allowed_network_is_reached_in_any_form(address: str) -> None:
    allowed: tuple[Network, ...] = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert checked([address], allowed)


@pytest.mark.parametrize("address", ["10.2.0.1", "fe80::1", "2002:a01:203::1"])
def test_an_allowed_network_allows_nothing_beside_it(address: str) -> None:
    with pytest.raises(Refused):
        checked([address], (ip_network("10.1.0.0/16"), ip_network("fd00::/8")))


@pytest.mark.parametrize("spelling", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.1"])
async def test_the_system_reads_every_spelling_before_it_is_checked(spelling: str) -> None:
    assert await resolved(spelling) == ("127.0.0.1",)
