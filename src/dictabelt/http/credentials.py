"""Keys as requests carry them: Basic (RFC 7617), Bearer (RFC 6750), other schemes, headers."""

from base64 import b64decode

from starlette.requests import Request

from dictabelt.core.access import Credentials


def basic(request: Request) -> Credentials | None:
    """User name as account, password as token; None without a Basic header."""
    offered = after_scheme(request, "basic")
    if offered is None:
        return None
    try:
        text = b64decode(offered, validate=True).decode()
    except ValueError:  # no base64, or no UTF-8 inside
        return Credentials(token="?")  # noqa: S106 -- wrong, not missing
    account, colon, token = text.partition(":")
    return Credentials(token if colon and token else "?", account.lower())


def after_scheme(request: Request, scheme: str) -> str | None:
    """What follows the scheme (any case, RFC 9110 section 11.1) in Authorization, else None."""
    name, _, rest = sent(request, b"authorization").partition(" ")
    return rest.strip() if name.lower() == scheme else None


def token(request: Request, scheme: str) -> Credentials | None:
    """The token under a scheme such as Bearer or AccessKey."""
    offered = after_scheme(request, scheme)
    return Credentials(offered) if offered else None


def header(request: Request, name: str) -> Credentials | None:
    """The token in a header of its own, by its name in lower case."""
    offered = sent(request, name.encode()).strip()
    return Credentials(offered) if offered else None


def sent(request: Request, name: bytes) -> str:
    """The first header of that name (lower case), "" where there is none.

    Quicker than `request.headers`, which every request asks for twice.
    """
    for it, value in request.scope["headers"]:
        if it == name:
            return str(value, "latin-1")
    return ""
