"""Does with twilio, or with SignalWire's fork of it, what their users do with recordings."""

from pathlib import Path
from typing import Any

import requests
from saying import given, plain, say
from twilio.base.exceptions import TwilioRestException

FIELDS = (
    *("account_sid", "api_version", "call_sid", "conference_sid", "channels", "sid"),
    *("date_created", "date_updated", "start_time", "duration", "price", "price_unit"),
    *("status", "source", "error_code", "uri", "encryption_details"),
)


def client(it: dict[str, Any], token: str) -> Any:
    """Pointed at the vault, each client in its own way."""
    if it["client"] == "signalwire":
        from signalwire.rest import Client as SignalWire

        made = SignalWire(it["account"], token, signalwire_space_url="example.signalwire.com")
    else:
        from twilio.rest import Client as Twilio

        made = Twilio(it["account"], token)
    made.api.base_url = it["base"]
    return made


def fields(recording: Any) -> dict[str, Any]:
    return {name: plain(getattr(recording, name)) for name in FIELDS}


def refusal(work: Any) -> dict[str, Any]:
    """How the client tells its user that it cannot be done."""
    try:
        done = work()
    except TwilioRestException as error:
        return {"status": error.status, "code": error.code, "message": error.msg}
    return {"status": None, "done": str(done)}


def download(it: dict[str, Any], uri: str) -> None:
    """The media as users fetch it: the extension of the uri changed, no key."""
    for kind in ("mp3", "wav"):
        answer = requests.get(it["base"] + uri.replace(".json", f".{kind}"), timeout=20)
        answer.raise_for_status()
        Path(f"{it['folder']}/{kind}").write_bytes(answer.content)


def main(it: dict[str, Any]) -> None:
    own, wrong = client(it, it["token"]), client(it, it["wrong_token"])
    call = own.recordings(it["call"]).fetch()
    of_call = own.calls(call.call_sid).recordings(it["call"]).fetch()
    download(it, call.uri)
    told = {
        "call": fields(call),
        "of_call": of_call.sid,
        "conference": fields(own.recordings(it["conference"]).fetch()),
        "in_progress": fields(own.recordings(it["in_progress"]).fetch()),
        "failed": fields(own.recordings(it["failed"]).fetch()),
        "unknown": refusal(own.recordings(it["unknown"]).fetch),
        "foreign": refusal(own.recordings(it["foreign"]).fetch),
        "not_deletable": refusal(own.recordings(it["in_progress"]).delete),
        "unauthorized": refusal(wrong.recordings(it["call"]).fetch),
        "deleted": own.recordings(it["call"]).delete(),
        "after": refusal(own.recordings(it["call"]).fetch),
        "again": refusal(own.recordings(it["call"]).delete),
    }
    say(**told)


if __name__ == "__main__":
    main(given())
