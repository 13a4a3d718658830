"""Drives Bird."""

from uuid import UUID

from dialects.driver import Driver
from instants import from_iso

DRIVER = Driver(
    proof=lambda _, token: {"authorization": f"AccessKey {token}"},
    recording_parameter="recordingId",
    places=lambda it: {"workspaceId": str(it.account), "recordingId": str(it.recording)},
    read="/workspaces/{workspaceId}/recordings/{recordingId}",
    told=lambda answer: UUID(answer.json()["id"]),
    heard=lambda answer: answer.json().get("url"),
    refuses=lambda body: isinstance(body, dict) and set(body) == {"code", "message"},
    facts=lambda body: {
        "seconds": body["duration"],
        "stereo": body["stereo"],
        "created": from_iso(str(body["createdAt"])),
    },
    account_parameter="workspaceId",
    link_seconds=600,
)
