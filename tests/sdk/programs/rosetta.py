"""Fetches one recording as Twilio's client, Relay, Bird and SubVerse give it."""

from pathlib import Path
from typing import Any

import requests
from saying import given, plain, say
from twilio.rest import Client


def as_json(url: str, **more: Any) -> Any:
    answer = requests.get(url, timeout=30, **more)
    answer.raise_for_status()
    return answer.json()


def heard(it: dict[str, Any], name: str, url: str, **more: Any) -> None:
    answer = requests.get(url, timeout=30, **more)
    answer.raise_for_status()
    Path(it["folder"], name).write_bytes(answer.content)


def main(it: dict[str, Any]) -> None:
    base, account, token, id = it["base"], it["account"], it["token"], it["id"]
    digits = id.replace("-", "")
    client = Client("AC" + account.replace("-", ""), token)
    client.api.base_url = base
    twilio = client.recordings("RE" + digits).fetch()
    relay = as_json(f"{base}/api/relay/rest/recordings/{id}", auth=(account, token))
    key = {"Authorization": f"AccessKey {token}"}
    bird = as_json(f"{base}/workspaces/{account}/recordings/{id}", headers=key)
    query = {"callId": id}
    subverse = as_json(
        f"{base}/api/call/signed-recording-url", params=query, headers={"x-api-key": token}
    )
    heard(it, "twilio", base + twilio.uri.replace(".json", ".mp3"))
    heard(it, "relay", relay["url"])
    heard(it, "bird", f"{base}/workspaces/{account}/recordings/{id}.mp3", headers=key)
    heard(it, "subverse", subverse["data"]["url"])
    say(
        twilio={
            "sid": twilio.sid,
            "duration": twilio.duration,
            "status": plain(twilio.status),
            "channels": twilio.channels,
            "media_url": twilio.media_url,
        },
        relay=relay,
        bird=bird,
        subverse=subverse,
    )


main(given())
