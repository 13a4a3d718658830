"""A recording goes up to Bota's API, and comes down again: BASE KEY FILE CONTENT_TYPE."""

import hashlib
import json
import sys
from pathlib import Path

import requests

base, key, file, content_type = sys.argv[1:]
bota = requests.Session()
bota.headers["Authorization"] = f"Bearer {key}"


def ask(method: str, path: str, **body: object) -> dict:
    answer = bota.request(method, f"{base}/v1/recordings{path}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()


recording = ask("POST", "", end_user_id="eu_42", device_id="dev_7", name="Visit")["id"]
place = ask("POST", f"/{recording}/upload-url", type="audio", content_type=content_type)
audio = Path(file).read_bytes()
requests.put(place["upload_url"], audio, headers=place["headers"], timeout=30).raise_for_status()
whole = ask("POST", f"/{recording}/upload-complete")
link = ask("POST", f"/{recording}/download-url", media_id=whole["media"][0]["id"])
heard = requests.get(link["download_url"], timeout=30)
print(json.dumps({**whole, "sha256": hashlib.sha256(heard.content).hexdigest()}))
