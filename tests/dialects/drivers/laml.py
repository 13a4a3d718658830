"""Drives LaML."""

from uuid import UUID

from dialects.driver import Driver, basic
from dictabelt.dialects.laml import wire
from instants import from_rfc2822

DRIVER = Driver(
    proof=basic,
    recording_parameter="sid",
    places=lambda it: {
        "account": str(it.account),
        "call": str(it.source),
        "sid": str(it.recording),
    },
    read=f"{wire.PREFIXES[0]}/Accounts/{{account}}/Recordings/{{sid}}.json",
    told=lambda answer: UUID(answer.json()["sid"]),
    heard=lambda answer: answer.json()["uri"].replace(".json", ".wav"),
    refuses=lambda body: (
        isinstance(body, dict) and set(body) == {"code", "message", "more_info", "status"}
    ),
    facts=lambda body: {
        "seconds": body["duration"],
        "stereo": body["channels"] == "2",
        "created": from_rfc2822(str(body["date_created"])),
    },
    account_parameter="account",
    user_is_account=True,
    no_scope=401,
)
