"""Answers in JSON that depend on rows and the clock alone, and so can be given again."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from starlette.types import ASGIApp

from dictabelt.core.nouns import Link
from dictabelt.http.again import Asked, Made, Renewal, is_wanted, lines, renewed_by
from dictabelt.http.answers import Answer, encoded, json
from dictabelt.http.dialect import Exchange
from dictabelt.http.layout import PLAIN

_LARGEST: Final = 16 * 1024

Tell = Callable[[datetime, str], object]


def lasting(exchange: Exchange, content: object) -> ASGIApp:
    """JSON that is the same until a row changes, whatever the clock says."""
    answer = json(content)
    if _is_wanted(exchange, answer):
        _renew(exchange, answer, body=lambda _: answer.body)
    return answer


def linking(exchange: Exchange, link: Link, *, tell: Tell) -> ASGIApp:
    """As `lasting`, of what `tell` makes of the link's end and its URL; each time of a new one."""
    answer = json(tell(link.expires_at, exchange.signed(link)))
    if not _is_wanted(exchange, answer):
        return answer
    layout, lifetime = exchange.dialect.layout or PLAIN, link.expires_at - link.issued_at
    sign = exchange.urls.signing(link, exchange.base, layout=layout)

    def told(now: datetime) -> bytes:
        issued_at = now.replace(microsecond=0)
        return encoded(tell(issued_at + lifetime, sign(issued_at)))

    _renew(exchange, answer, body=told)
    return answer


def _is_wanted(exchange: Exchange, answer: Answer) -> bool:
    # Whoever the handler let in itself may have a key that expires, and nobody knows when.
    proven = exchange.principal is not None
    return proven and is_wanted(exchange.request.scope) and len(answer.body) <= _LARGEST


def _renew(exchange: Exchange, answer: Answer, *, body: Callable[[datetime], bytes]) -> None:
    own = lines([(name.encode(), it.encode()) for name, it in answer.headers.items()])

    def make(now: datetime, asked: Asked | None) -> Made:
        del asked  # of what is told in JSON there are no parts
        told = body(now)
        return Made(answer.status, b"%bcontent-length: %d\r\n" % (own, len(told)), told)

    renewed_by(exchange.request.scope, Renewal(make))
