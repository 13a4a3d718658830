"""Addresses and networks of callers: read strictly, spelled one way, compared."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from dictabelt.core.errors import Invalid
from dictabelt.core.share import Caller

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# RFC 4291 section 2.5.5.2: how a socket for both families shows an IPv4 client.
_MAPPED = IPv6Network("::ffff:0:0/96")


def network(text: str) -> str:
    """The CIDR spelling of a network, or of one address. Raises Invalid with the fix.

    A network of IPv4-mapped IPv6 addresses is the IPv4 one: callers are told by that.
    """
    try:
        return str(_plain(ip_network(text)))
    except ValueError:
        raise Invalid(_fix(text), field="networks") from None


def caller(host: str | None) -> Caller:
    """Whoever comes from the address that the server tells; unknown where it is none."""
    found = _address(host or "")
    return Caller("" if found is None else str(found))


def within(address: str, networks: Iterable[str]) -> bool:
    """Whether the address lies in one of the networks; what is no address does not."""
    found = _address(address)
    return found is not None and any(found in ip_network(it) for it in networks)


def _address(text: str) -> Address | None:
    """An IPv4 caller is one however the socket shows it; the zone of a link-local one is ours."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _plain(found: Network) -> Network:
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        mapped = found.network_address.ipv4_mapped
        assert mapped is not None
        return IPv4Network((mapped, found.prefixlen - 96))
    return found


def _fix(text: str) -> str:
    try:
        wider = ip_network(text, strict=False)
    except ValueError:
        return f"{text[:100]!r} is no network; write 192.0.2.0/24, 2001:db8::/32 or one address"
    one = text.partition("/")[0]
    return (
        f"{text[:100]!r} has bits behind its prefix; write {wider}, or {one} for that one address"
    )
