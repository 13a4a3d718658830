"""Does with twilio, or with SignalWire's fork of it, what their users do with lists."""

from datetime import UTC, datetime
from typing import Any

from laml_client import client, refusal
from saying import given, plain, say

LATER = datetime(2200, 1, 1, tzinfo=UTC)


def sids(them: Any) -> list[str]:
    return [it.sid for it in them]


def pages(them: Any) -> dict[str, list[list[str]]]:
    """Forth to the end, page by page, and back again."""
    page = them.page(page_size=3)
    forth, back = [sids(page)], []
    while page.next_page_url:
        page = page.next_page()
        forth.append(sids(page))
    while page.previous_page_url:
        page = page.previous_page()
        back.append(sids(page))
    return {"forth": forth, "back": back}


def live(own: Any, it: dict[str, Any]) -> dict[str, Any]:
    """A recording in progress, steered; another one started beside it."""
    held = own.calls(it["live_call"]).recordings(it["in_progress"])
    told = {"paused": held.update(status="paused").status}
    told["resumed"] = held.update(status="in-progress").status
    started = own.calls(it["live_call"]).recordings.create(
        recording_channels="dual",
        recording_status_callback="https://example.com/told",
        recording_status_callback_event=["in-progress", "completed"],
        trim="do-not-trim",
    )
    told["started"] = started.status
    told["stopped"] = held.update(status="stopped").status
    told["idle"] = refusal(own.calls(it["idle_call"]).recordings.create)
    return told


def main(it: dict[str, Any]) -> None:
    own, wrong = client(it, it["token"]), client(it, it["wrong_token"])
    words = own.transcriptions(it["transcription"]).fetch()
    told = {
        **pages(own.recordings),
        "all": sids(own.recordings.list(limit=1500)),
        "by_call": sids(own.recordings.list(call_sid=it["of_call"])),
        "by_conference": sids(own.recordings.list(conference_sid=it["of_conference"])),
        "of_call": sids(own.calls(it["of_call"]).recordings.list()),
        "of_conference": sids(own.conferences(it["of_conference"]).recordings.list()),
        "of_nobody": sids(own.calls(it["nobody"]).recordings.list()),
        "before": sids(own.recordings.list(date_created_before=LATER)),
        "after": sids(own.recordings.list(date_created_after=LATER)),
        "today": sids(own.calls(it["of_call"]).recordings.list(date_created_before=LATER.date())),
        "transcriptions": sids(own.recordings(it["call"]).transcriptions.list()),
        "words": {"text": words.transcription_text, "created": plain(words.date_created)},
        "unauthorized": unreadable(wrong),
        "live": live(own, it),
    }
    say(**told)


def unreadable(wrong: Any) -> str:
    """A list that is refused: the client says less of it than of a single thing."""
    from twilio.base.exceptions import TwilioException

    try:
        return str(wrong.recordings.list())
    except TwilioException as error:
        return str(error)


if __name__ == "__main__":
    main(given())
