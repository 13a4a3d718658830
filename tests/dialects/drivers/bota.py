"""Drives Bota."""

from urllib.parse import urlsplit
from uuid import UUID

import httpx2

from dialects.driver import Driver


def _told(answer: httpx2.Response) -> UUID:
    key = urlsplit(answer.json()["download_url"]).path
    return UUID(hex=key.split("/")[3].removeprefix("rec_"))


DRIVER = Driver(
    proof=lambda _, token: {"authorization": f"Bearer {token}"},
    recording_parameter="id",
    places=lambda it: {"id": f"rec_{it.recording.hex}"},
    body=lambda it: {"media_id": f"med_{it.media.hex}"},
    read="/v1/recordings/{id}/download-url",
    told=_told,
    heard=lambda answer: answer.json()["download_url"],
    refuses=lambda body: (
        isinstance(body, dict)
        and set(body) == {"error"}
        and {"code", "message"} <= set(body["error"]) <= {"code", "message", "details"}
    ),
    link_seconds=3_600,
)
