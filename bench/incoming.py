"""Long calls come into the vault over HTTP, and are listened to there."""

from http.client import HTTPConnection, HTTPException
from time import monotonic, sleep

import msgspec

from bench.processes import Failed
from bench.sound import Call
from bench.vault import Vault

_PATIENCE_SECONDS = 300
_PAUSE_SECONDS = 0.05


def uploaded(vault: Vault, call: Call) -> str:
    """Sends its WAV as it is made; the recording's id once the bytes are kept. Raises Failed."""
    to_vault = HTTPConnection(vault.server.host, timeout=_PATIENCE_SECONDS)
    headers = {**_key(vault), "Content-Type": "audio/wav", "Content-Length": str(call.size)}
    try:
        to_vault.request("POST", "/vault/v1/uploads", call.pieces(), headers)
        answer = to_vault.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as error:
        raise Failed(f"the upload of {call}: {error!r}") from error
    finally:
        to_vault.close()
    if answer.status != 201:
        raise Failed(f"the upload of {call} was answered {answer.status} {body!r}")
    return str(msgspec.json.decode(body)["id"])


def listened_to(vault: Vault, id: str) -> None:
    """Returns once a recording's findings are there, and the server is idle. Raises Failed."""
    deadline = monotonic() + _PATIENCE_SECONDS
    while monotonic() < deadline:
        to_vault = HTTPConnection(vault.server.host, timeout=_PATIENCE_SECONDS)
        try:
            to_vault.request("GET", f"/vault/v1/recordings/{id}/analysis", headers=_key(vault))
            if to_vault.getresponse().status == 200:
                return
        finally:
            to_vault.close()
        sleep(_PAUSE_SECONDS)
    raise Failed(f"{id} was not listened to within {_PATIENCE_SECONDS} s")


def kept(vault: Vault, call: Call) -> str:
    """The id of a recording that came in and was listened to. Raises Failed."""
    id = uploaded(vault, call)
    listened_to(vault, id)
    return id


def _key(vault: Vault) -> dict[str, str]:
    return {"Authorization": f"Bearer {vault.account.key}"}
