"""How each vendor's API is asked about one recording, and what a right answer holds."""

import json
from base64 import b64encode

from bench.target import Question, holding
from bench.vault import Vault

_SIGNATURE = b"X-Amz-Signature="


def questions(vault: Vault) -> dict[str, Question]:
    """One a dialect, all with a key and about the same recording."""
    account, ids = vault.account, vault.recording.ids
    basic = {"Authorization": f"Basic {b64encode(f'{account.id}:{account.key}'.encode()).decode()}"}
    return {
        "subverse": Question(
            f"/api/call/signed-recording-url?callId={ids['subverse']}",
            holding(_SIGNATURE),
            headers={"x-api-key": account.key},
        ),
        "laml": Question(
            f"/api/laml/2010-04-01/Accounts/{account.id}/Recordings/{ids['laml']}.json",
            holding(ids["laml"].encode(), b'"duration"'),
            headers=basic,
        ),
        "relay": Question(
            f"/api/relay/rest/recordings/{ids['relay']}",
            holding(ids["relay"].encode(), _SIGNATURE),
            headers=basic,
        ),
        "bird": Question(
            f"/workspaces/{account.id}/recordings/{ids['bird']}",
            holding(ids["bird"].encode(), _SIGNATURE),
            headers={"Authorization": f"AccessKey {account.key}"},
        ),
        "bota": _download_url(vault),
        "native": Question(
            f"/vault/v1/recordings/{ids['native']}",
            holding(ids["native"].encode(), b'"duration_ms"'),
            headers={"Authorization": f"Bearer {account.key}"},
        ),
    }


def _download_url(vault: Vault) -> Question:
    media = vault.recording.media[0].bota
    return Question(
        f"/v1/recordings/{vault.recording.ids['bota']}/download-url",
        holding(media.encode(), _SIGNATURE),
        method="POST",
        headers={
            "Authorization": f"Bearer {vault.account.key}",
            "Content-Type": "application/json",
        },
        body=json.dumps({"media_id": media}).encode(),
    )
