"""Which addresses a letter may go to: public ones, and networks that the owner allows."""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from types import MappingProxyType
from typing import Final

IPAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The special-purpose registries of RFC 6890, with what came after it (RFC 7526, 9602, 9637).
# Our own table: the standard library's differs from one Python release to the next.
_SPECIAL: Final = MappingProxyType(
    {
        "unspecified": ("0.0.0.0/8", "::/128"),
        "loopback": ("127.0.0.0/8", "::1/128"),
        "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
        "link-local": ("169.254.0.0/16", "fe80::/10"),
        "shared by a carrier": ("100.64.0.0/10",),
        "multicast": ("224.0.0.0/4", "ff00::/8"),
        "for benchmarks": ("198.18.0.0/15", "2001:2::/48"),
        "for documentation": (
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "2001:db8::/32",
            "3fff::/20",
        ),
        # 168.63.129.16 is public by number, and answers every machine in Azure as its host.
        "a cloud's own": ("168.63.129.16/32",),
        "a tunnel's": ("192.88.99.0/24", "2001::/32", "2002::/16"),
        "reserved": ("192.0.0.0/24", "240.0.0.0/4", "2001::/23"),
    }
)
_KINDS: Final = tuple((ip_network(it), word) for word, them in _SPECIAL.items() for it in them)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
# RFC 6052: on a network with IPv6 alone, DNS64 gives every IPv4 receiver such an address.
_NAT64: Final = IPv6Network("64:ff9b::/96")


class Refused(Exception):
    """Why a letter is not sent; `str()` is for the owner, and names the fix."""


async def resolved(host: str) -> tuple[str, ...]:
    """Every address that the system has for `host`, best first. Raises OSError or ValueError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def checked(answers: Iterable[str], networks: Iterable[Network]) -> tuple[IPAddress, ...]:
    """The addresses to connect to: all of `answers`, IPv4 inside IPv6 as IPv4.

    Raises Refused when there is none or any of them is neither public nor in
    `networks`: a name that mixes the two is how a resolver is turned against us.
    """
    allowed = tuple(networks)
    addresses = tuple(_plain(ip_address(it)) for it in answers)
    if not addresses:
        raise Refused("the host name has no address")
    for it in addresses:
        kind = special(it)
        if kind and not any(form in network for form in _forms(it) for network in allowed):
            raise Refused(f"the address {it} is {kind}; allow it with webhook_networks")
    return addresses


def special(address: IPAddress) -> str | None:
    """What an address is when it is not one of the public Internet."""
    kinds = (_kind(it) for it in reversed(_forms(address)))
    return next((it for it in kinds if it), None)


def _plain(address: IPAddress) -> IPAddress:
    """The operating system connects `::ffff:10.0.0.5` as 10.0.0.5."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _forms(address: IPAddress) -> tuple[IPAddress, ...]:
    """The address, and the one that it leads to where a gateway translates."""
    plain = _plain(address)
    if isinstance(plain, IPv6Address) and plain in _NAT64:
        return (plain, IPv4Address(int(plain) & 0xFFFFFFFF))
    return (plain,)


def _kind(address: IPAddress) -> str | None:
    for network, word in _KINDS:
        if address in network:
            return word
    if isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST or address in _NAT64:
        return None
    return "reserved"
