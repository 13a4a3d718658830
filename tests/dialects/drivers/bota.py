"""Drives Bota."""

from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID

import httpx2

from dialects.driver import Ask, Driver, Filter, Listing, Role
from dictabelt.dialects.bota import devices, recordings, wire

_ONE = wire.BASE + "/{id}"
_HOOKS = ("/v1/webhooks", "/v1/webhook-endpoints")


def _told(answer: httpx2.Response) -> UUID:
    key = urlsplit(answer.json()["download_url"]).path
    return UUID(hex=key.split("/")[3].removeprefix("rec_"))


def _following(answer: httpx2.Response, it: Ask) -> Ask | None:
    page = answer.json()
    if not page["has_more"]:
        return None
    offset = int(it.query.get("offset", "0")) + len(page["data"])
    return replace(it, query={**it.query, "offset": str(offset)})


DRIVER = Driver(
    proof=lambda _, token: {"authorization": f"Bearer {token}"},
    recording_parameter="id",
    places=lambda it: {"id": f"rec_{it.recording.hex}"},
    body=lambda it: {"media_id": f"med_{it.media.hex}"},
    bodies={
        ("POST", _ONE + "/upload-url"): lambda _: {"type": "audio"},
        ("POST", wire.BASE): lambda _: {"end_user_id": "eu_1"},
        ("POST", devices.BASE + "/{id}/bind"): lambda _: {"end_user_id": "eu_1"},
        **{
            ("POST", it): lambda _: {
                "url": "https://example.com/told",
                "events": ["recording.uploaded"],
            }
            for it in _HOOKS
        },
    },
    roles={
        ("GET", _ONE + "/download-url"): Role.ABOUT,
        ("GET", _ONE): Role.ABOUT,
        **{(method, f"{it}/{{id}}"): Role.WIDE for it in _HOOKS for method in ("GET", "DELETE")},
        **{
            ("POST", f"{devices.BASE}/{{id}}/{it}"): Role.WIDE
            for it in ("bind", "unbind", "heartbeat", "token/refresh")
        },
    },
    read=_ONE + "/download-url",
    told=_told,
    heard=lambda answer: answer.json()["download_url"],
    refuses=lambda body: (
        isinstance(body, dict)
        and set(body) == {"error"}
        and {"code", "message"} <= set(body["error"]) <= {"code", "message", "details"}
    ),
    link_seconds=3_600,
    listings=(
        Listing(
            path=wire.BASE,
            sized=lambda size: {"limit": str(size)},
            ids=lambda answer: [
                UUID(hex=it["id"].removeprefix("rec_")) for it in answer.json()["data"]
            ],
            following=_following,
            filters=(
                Filter(
                    "status",
                    lambda it: {"status": recordings.status(it)},
                    lambda one, other: recordings.status(one) == recordings.status(other),
                ),
                Filter(
                    "device_id",
                    lambda it: {"device_id": it.device_id or "nobody"},
                    lambda one, other: (one.device_id or "nobody") == other.device_id,
                ),
                Filter(
                    "end_user_id",
                    lambda it: {"end_user_id": it.end_user_id or "nobody"},
                    lambda one, other: (one.end_user_id or "nobody") == other.end_user_id,
                ),
            ),
            steady=False,
        ),
    ),
)
