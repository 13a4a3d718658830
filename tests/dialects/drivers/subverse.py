"""Drives SubVerse."""

from urllib.parse import urlsplit
from uuid import UUID

import httpx2

from dialects.driver import Driver, Role
from dictabelt.dialects.subverse import session


def _told(answer: httpx2.Response) -> UUID:
    return UUID(urlsplit(answer.json()["data"]["url"]).path.split("/")[3])


def _refuses(body: object) -> bool:
    return (
        isinstance(body, dict)
        and set(body) - {"errorCode"} == {"responseCode", "message", "data"}
        and body["responseCode"] != 200
        and body["data"] is None
    )


DRIVER = Driver(
    proof=lambda _, token: {"x-api-key": token},
    places=lambda it: {"sessionId": it.call_name},
    queries={("GET", session.PATH): lambda _: {}},
    roles={("GET", session.PATH): Role.ABOUT},
    query=lambda it: {"callId": it.call_name},
    read="/api/call/signed-recording-url",
    told=_told,
    heard=lambda answer: answer.json()["data"]["url"],
    refuses=_refuses,
    status=lambda answer: answer.json()["responseCode"],
    no_scope=401,
    link_seconds=3_600,
)
