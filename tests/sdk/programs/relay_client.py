"""Does with signalwire-sdk what its users do with Relay recordings."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from saying import given, say
from signalwire.rest import RestClient
from signalwire.rest._base import SignalWireRestError


def client(it: dict[str, Any], token: str) -> RestClient:
    host = it["base"].removeprefix("http://")
    return RestClient(project=it["account"], token=token, host=host)


def refusal(work: Any, *arguments: Any) -> dict[str, Any]:
    """How the client tells its user that it cannot be done."""
    try:
        done = work(*arguments)
    except SignalWireRestError as error:
        return {"status": error.status_code, "body": error.body, "id": error.request_id}
    return {"status": None, "done": str(done)}


def pages(own: RestClient, size: int) -> Any:
    """Page by page, as the client's own iterator asks for them."""
    query: dict[str, str] = {"page_size": str(size)}
    while True:
        page = own.recordings.list(**query)
        yield page["data"]
        following = page["links"].get("next")
        if following is None:
            return
        query = dict(parse_qsl(urlsplit(following).query))


def main(it: dict[str, Any]) -> None:
    own, wrong = client(it, it["token"]), client(it, it["wrong_token"])
    call = own.recordings.get(it["call"])
    answer = requests.get(call["url"], timeout=20)
    answer.raise_for_status()
    Path(f"{it['folder']}/wav").write_bytes(answer.content)
    told = {
        "pages": [[it["id"] for it in page] for page in pages(own, 3)],
        "call": call,
        "conference": own.recordings.get(it["conference"]),
        "in_progress": own.recordings.get(it["in_progress"]),
        "unknown": refusal(own.recordings.get, it["unknown"]),
        "foreign": refusal(own.recordings.get, it["foreign"]),
        "nonsense": refusal(own.recordings.get, "nonsense"),
        "not_deletable": refusal(own.recordings.delete, it["in_progress"]),
        "unauthorized": refusal(wrong.recordings.get, it["call"]),
        "deleted": own.recordings.delete(it["call"]),
        "after": refusal(own.recordings.get, it["call"]),
        "again": refusal(own.recordings.delete, it["call"]),
    }
    say(**told)


main(given())
