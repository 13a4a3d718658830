"""Addresses of servers: which URLs are one, and how it is spelled."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from unicodedata import category, is_normalized

_FORM: Final = "needs the form https://host or http://host:port"
_BARE: Final = "no user, password, query or line break"
_DEFAULT: Final = {"http": 80, "https": 443}
_URL: Final = re.compile(
    r"(?P<scheme>(?i:https?))://"
    r"(?P<host>(?i:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]+)*)"
)
_LOGIN: Final = re.compile(r"[A-Za-z0-9._~%!$&'()*+,;=-]+(?::[A-Za-z0-9._~%!$&'()*+,;=-]*)?")
# WHATWG URL, "ends in a number checker": such a host is an IPv4 address or none.
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


def origin(url: str) -> str:
    """The URL of a server in small letters, without a port that its scheme has by itself.

    Raises ValueError.
    """
    server, path = _parted(url, f"{_FORM}, without a path, and with {_BARE}")
    if path:
        raise ValueError(f"{_FORM}, without a path")
    return server


def endpoint(url: str) -> str:
    """The same, and after it a path, where there is one. Raises ValueError."""
    return "".join(_parted(url, f"{_FORM}, for az:// with a path, and with {_BARE}"))


def proxy(url: str) -> str:
    """As `origin`, of a proxy, that may want a user and a password. Raises ValueError."""
    scheme, _, rest = url.partition("://")
    login, at, host = rest.rpartition("@")
    if at and not _LOGIN.fullmatch(login):
        raise ValueError("needs the form http://user:password@host:port, in %XX what is no letter")
    return origin(f"{scheme}://{host}").replace("://", f"://{login}{at}", 1)


def path_of(url: str) -> str:
    """The path of what `endpoint` gave: empty, or with its slash."""
    return "".join(f"/{it}" for it in url.split("/")[3:])


def _parted(url: str, needed: str) -> tuple[str, str]:
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError(needed)
    scheme, port = found["scheme"].lower(), int(found["port"] or 0)
    if found["port"] and not 1 <= port <= 65535:
        raise ValueError(f"{_FORM}; ports go from 1 to 65535")
    shown = "" if port in (0, _DEFAULT[scheme]) else f":{port}"
    return f"{scheme}://{_host(found['host'].lower())}{shown}", found["path"]


def _host(host: str) -> str:
    try:
        if host.startswith("["):
            return f"[{IPv6Address(host[1:-1])}]"
        if _NUMBER.fullmatch(host):
            return str(IPv4Address(host))
    except AddressValueError:
        raise ValueError(f"{_FORM}; the host is no address") from None
    if not all(map(_spelled, host.split("."))):
        raise ValueError(f"{_FORM}; a part of the host's name begins with xn-- and is no Punycode")
    return host


def _spelled(label: str) -> bool:
    """Whether a part of a name is what it says it is: letters of some script, by RFC 5890."""
    if not label.startswith("xn--"):
        return True
    try:
        shown = label[4:].encode().decode("punycode")
    except UnicodeError:
        return False
    letters = all(it == "-" or category(it)[0] in "LMN" for it in shown)
    return letters and not shown.isascii() and is_normalized("NFC", shown)
