"""Signs links, and checks them, with AWS Signature Version 4 in the query string."""

import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import product
from urllib.parse import quote, unquote, unquote_to_bytes

from dictabelt.core.errors import Invalid, VaultError

LONGEST = 604_800
AHEAD = timedelta(minutes=15)

_ALGORITHM, _CREDENTIAL = "X-Amz-Algorithm", "X-Amz-Credential"
_DATE, _EXPIRES = "X-Amz-Date", "X-Amz-Expires"
_TOKEN, _HEADERS, _SIGNATURE = "X-Amz-Security-Token", "X-Amz-SignedHeaders", "X-Amz-Signature"
_HMAC = "AWS4-HMAC-SHA256"
_STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_USUAL = re.compile(r"[A-Za-z0-9._~/:-]*", re.ASCII)
_UNRESERVED = re.compile(rb"[A-Za-z0-9._~-]*")
_SECONDS = re.compile(r"[0-9]{1,6}")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

_SIGNED_FOR = {"HEAD": ("GET", "HEAD")}
_PLAIN = (_ALGORITHM, _CREDENTIAL, _DATE, _EXPIRES, _HEADERS, _SIGNATURE)
_ORDERS = (
    _PLAIN,
    (_ALGORITHM, _CREDENTIAL, _DATE, _EXPIRES, _TOKEN, _HEADERS, _SIGNATURE),
    # botocore writes the token after the signed headers.
    (_ALGORITHM, _CREDENTIAL, _DATE, _EXPIRES, _HEADERS, _TOKEN, _SIGNATURE),
)


Fields = Sequence[tuple[str, str]]


class LinkRefused(VaultError):
    """A link that opens nothing: S3's `code`, a reason to show, S3's extra elements."""

    def __init__(self, code: str, message: str, *, details: Fields = ()) -> None:
        super().__init__(message)
        self.code = code
        self.details = tuple(details)


@dataclass(frozen=True, slots=True)
class Signer:
    """A link key and the region it signs for."""

    key_id: str
    secret: str
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived: method, path and query string, nothing decoded."""

    method: str
    path: bytes
    query: bytes


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose links count: hosts as `signed_host` spells them, secrets by key id, one region."""

    hosts: Sequence[str]
    secret_of: Callable[[str], str | None]
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class Verified:
    """A link that holds until `expires_at`, exclusive; `extra` is the other parameters, decoded."""

    key_id: str
    issued_at: datetime
    expires_at: datetime
    extra: tuple[tuple[str, str], ...]

    def holds(self, now: datetime) -> bool:
        """Whether the clock still says what it said of the link."""
        return self.issued_at - now <= AHEAD and now < self.expires_at


@lru_cache(maxsize=64)
def signed_host(url: str) -> str:
    """The host that a link at `url` signs: lower case, its port only where not the scheme's own."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].lower()
    return host.removesuffix(_DEFAULT_PORTS.get(scheme.lower(), ""))


def sign(signer: Signer, url: str, *, expires: int, now: datetime, extra: Fields = ()) -> str:
    """The link to `url`, an origin and a path not yet percent-encoded, for GET and HEAD.

    It lives for `expires` seconds from `now`, whole seconds only: a caller who
    tells the end counts from `now` without its microseconds. `extra` is signed
    too. Raises Invalid when `expires` is not within 1 to 604,800.
    """
    return _signed(signer, f"GET {url}", expires=expires, now=now, extra=extra)


def sign_upload(signer: Signer, url: str, *, expires: int, now: datetime) -> str:
    """As `sign`, for one PUT of bytes to `url`."""
    return _signed(signer, f"PUT {url}", expires=expires, now=now, extra=())


def _signed(signer: Signer, call: str, *, expires: int, now: datetime, extra: Fields) -> str:
    method, _, url = call.partition(" ")
    if not 1 <= expires <= LONGEST:
        raise Invalid(f"a link lives 1 to {LONGEST} seconds", field="expires")
    scheme, _, rest = url.partition("://")
    host, _, key = rest.partition("/")
    origin, path = f"{scheme}://{host}", _path(f"/{key}")
    it = _form(signer, now, expires=expires, extra=tuple(extra))
    request = _request(method, path, query=it.signed, host=signed_host(origin))
    text = it.text + sha256(request.encode()).hexdigest()
    signature = hmac.digest(it.key, text.encode(), "sha256").hex()
    return f"{origin}{path}?{it.written}&{_SIGNATURE}={signature}"


def _path(path: str) -> str:
    """`quote(path)`, in a tenth of its time for paths such as ours."""
    return path.replace(":", "%3A") if _USUAL.fullmatch(path) else quote(path)


@dataclass(frozen=True, slots=True)
class _Form:
    """What links of one second have in common.

    The query without the signature, as it is `written` and as it is `signed`;
    the `text` to sign without the digest at its end, and the day's `key`.
    """

    written: str
    signed: str
    text: str
    key: bytes


@lru_cache(maxsize=256)
def _form(
    signer: Signer, now: datetime, *, expires: int, extra: tuple[tuple[str, str], ...]
) -> _Form:
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    encoded = [(quote(name, safe=""), quote(value, safe="")) for name, value in extra]
    scope = _scope(signer, stamp).replace("/", "%2F")
    fields = [
        (_ALGORITHM, _HMAC),
        (_CREDENTIAL, f"{quote(signer.key_id, safe='')}%2F{scope}"),
        (_DATE, stamp),
        (_EXPIRES, str(expires)),
        *(it for it in encoded if it[0] == _TOKEN),
        (_HEADERS, "host"),
        *(it for it in encoded if it[0] != _TOKEN),
    ]
    return _Form(
        _query(fields), _query(sorted(fields)), _text(signer, stamp), _day_key(signer, stamp[:8])
    )


def _scope(signer: Signer, stamp: str) -> str:
    return f"{stamp[:8]}/{signer.region}/s3/aws4_request"


def _query(fields: Iterable[tuple[str, str]]) -> str:
    return "&".join([f"{name}={value}" for name, value in fields])


def _request(method: str, path: str, *, query: str, host: str) -> str:
    """The canonical request; S3 encodes the path once and does not hash the body of a link."""
    return f"{method}\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"


def _signature(signer: Signer, request: str, *, stamp: str) -> str:
    text = _text(signer, stamp) + sha256(request.encode()).hexdigest()
    return hmac.digest(_day_key(signer, stamp[:8]), text.encode(), "sha256").hex()


def _text(signer: Signer, stamp: str) -> str:
    return f"{_HMAC}\n{stamp}\n{_scope(signer, stamp)}\n"


@lru_cache(maxsize=64)
def _day_key(signer: Signer, date: str) -> bytes:
    key = f"AWS4{signer.secret}".encode()
    for part in (date, signer.region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def verify(asked: Asked, trust: Trust, *, now: datetime) -> Verified:
    """Who signed `asked`, and until when; a HEAD may use a link for GET.

    As in S3, the path and the parameters are compared decoded, so a client
    that writes `:` for `%3A` (aiohttp does) is let in; an escape that no
    encoder writes (`%3a`, `%41`, `%2F` in the path) is not. The signing
    parameters must stand in the order all signers write, the signature last
    and the others all before or all after them, as botocore and `sign` put
    them; only the order of those others among themselves is free.

    A link dated up to 15 minutes ahead is good: clocks differ. Raises
    LinkRefused, the clock before the key and the key before the signature.
    """
    path = _canonical(asked.path, "/")
    fields = _fields(asked.query)
    claims = _claims(fields)
    signed = [it for it in fields if it[0] != _SIGNATURE]
    key_id = _key_id(claims, trust.region)
    issued_at, expires_at = _lifetime(claims, now)
    secret = trust.secret_of(key_id)
    if secret is None:
        raise LinkRefused("InvalidAccessKeyId", "The key of this link is unknown or revoked.")
    signer = Signer(key_id, secret, trust.region)
    query = _query(sorted(signed))
    for method, host in product(_SIGNED_FOR.get(asked.method, (asked.method,)), trust.hosts):
        request = _request(method, path, query=query, host=host)
        right = _signature(signer, request, stamp=claims[_DATE])
        if hmac.compare_digest(right, claims[_SIGNATURE]):
            return Verified(key_id, issued_at, expires_at, _extra(signed))
    raise LinkRefused("SignatureDoesNotMatch", "The signature does not belong to this link.")


def _canonical(raw: bytes, safe: str = "") -> str:
    """`raw` percent-encoded as a signer does it; raises LinkRefused on an escape none writes."""
    if _UNRESERVED.fullmatch(raw):
        return raw.decode()
    text = quote(unquote_to_bytes(raw), safe=safe)
    if b"%" in raw and quote(raw, safe=f"{safe}%") != text:
        raise LinkRefused("InvalidURI", "The link holds a percent escape that no signer writes.")
    return text


def _fields(query: bytes) -> list[tuple[str, str]]:
    pairs = [it.partition(b"=") for it in query.split(b"&")]
    if not all(equals for _, equals, _ in pairs):
        raise _malformed("Every parameter of a link is a name, an equals sign and a value.")
    return [(_canonical(name), _canonical(value)) for name, _, value in pairs]


def _claims(fields: Fields) -> dict[str, str]:
    """The signing parameters, each there once and in its place."""
    names = [name for name, _ in fields]
    known = tuple(name for name in names if name in _ORDERS[1])
    extra = [name for name in names if name not in _ORDERS[1]]
    if len(set(names)) < len(names):
        raise _malformed("A parameter stands twice in this link.")
    if missing := [name for name in _PLAIN if name not in known]:
        raise _malformed(f"The link lacks {', '.join(missing)}; use the whole URL.")
    if known not in _ORDERS or names not in ([*extra, *known], [*known[:-1], *extra, known[-1]]):
        raise _malformed("The parameters of this link are out of order.")
    claims = {name: value for name, value in fields if name in known}
    if claims[_ALGORITHM] != _HMAC or claims[_HEADERS] != "host":
        raise _malformed(f"A link is signed with {_HMAC} over the host header alone.")
    if claims.get(_TOKEN) == "":
        raise LinkRefused("InvalidToken", "The session token of this link is empty.")
    return claims


def _key_id(claims: dict[str, str], region: str) -> str:
    key_id, _, scope = unquote(claims[_CREDENTIAL]).partition("/")
    if not key_id or scope != f"{claims[_DATE][:8]}/{region}/s3/aws4_request":
        right = f"<key>/<date of {_DATE}>/{region}/s3/aws4_request"
        raise _malformed(f"{_CREDENTIAL} must read {right}.")
    return key_id


def _lifetime(claims: dict[str, str], now: datetime) -> tuple[datetime, datetime]:
    """From when until when, exclusive; raises LinkRefused unless `now` lies between."""
    seconds = int(claims[_EXPIRES]) if _SECONDS.fullmatch(claims[_EXPIRES]) else 0
    if not 1 <= seconds <= LONGEST:
        raise _malformed(f"{_EXPIRES} must be a whole number from 1 to {LONGEST}.")
    issued_at = _instant(claims[_DATE])
    if issued_at - now > AHEAD:
        raise LinkRefused("AccessDenied", "Request is not valid yet", details=[_server_time(now)])
    expires_at = issued_at + timedelta(seconds=seconds)
    if now >= expires_at:
        ends = ("Expires", f"{expires_at:%Y-%m-%dT%H:%M:%SZ}")
        details = [(_EXPIRES, str(seconds)), ends, _server_time(now)]
        raise LinkRefused("AccessDenied", "Request has expired", details=details)
    return issued_at, expires_at


def _instant(stamp: str) -> datetime:
    try:
        return datetime.fromisoformat(stamp if _STAMP.fullmatch(stamp) else "")
    except ValueError:
        raise _malformed(f"{_DATE} must be an instant such as 20260131T235959Z.") from None


def _server_time(now: datetime) -> tuple[str, str]:
    return "ServerTime", f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _extra(fields: Fields) -> tuple[tuple[str, str], ...]:
    return tuple((unquote(name), unquote(value)) for name, value in fields if name not in _PLAIN)


def _malformed(reason: str) -> LinkRefused:
    return LinkRefused("AuthorizationQueryParametersError", reason)
