"""`dictabelt doctor`: looks at all that the vault stands on, and says the fix."""

import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dictabelt.cli import tell
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import in_vault, settings_of
from dictabelt.cli.options import Data, Json, examples, group
from dictabelt.cli.progress import as_size
from dictabelt.core.checkup import SAMPLE, Finding, Look, looked_at, of_blobs
from dictabelt.core.errors import StorageFailed, VaultError
from dictabelt.core.nouns import Delivery

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault
    from dictabelt.settings import Settings

commands = group()
_LITTLE = 1024**3
# S3 refuses requests that are dated 15 minutes off; who is off by one has no clock service.
_TO_SIGN = {
    "s3": "AWS_ACCESS_KEY_ID, or botocore to find the machine's credentials",
    "gs": "a service account's key file in GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_KEY",
}
_SKEW = timedelta(minutes=1)


@commands.command(epilog=examples("doctor", "doctor --json"))
def doctor(data: Data = None, json: Json = False) -> int:
    """Check the disk, the database and the store of the audio; say what is wrong and the fix.

    A blob is put, read, listed and deleted again. The exit code is 4 when anything is wrong.
    """
    settings = settings_of(data=data)
    findings = [_disk(settings.data)]
    try:
        findings += in_vault(settings, lambda vault: _all(vault, settings))
    except (Problem, VaultError) as refusal:
        findings.append(Finding("vault", fault=str(refusal)))
    if json:
        tell.as_json([{"name": it.name, "fault": it.fault, "detail": it.detail} for it in findings])
    else:
        tell.as_table(("check", "", ""), map(_row, findings))
    return Exit.STORAGE if any(it.fault for it in findings) else Exit.DONE


def _row(it: Finding) -> tuple[str, str, str]:
    return it.name, "ok" if it.fault is None else "wrong", it.fault or it.detail


def _disk(data: Path) -> Finding:
    there = next(it for it in (data, *data.absolute().parents) if it.exists())
    free = shutil.disk_usage(there).free
    fault = None if free >= _LITTLE else "little room is left; free some space on this disk"
    return Finding("disk", fault, f"{as_size(free)} free")


async def _all(vault: "Vault", settings: "Settings") -> list[Finding]:
    return [it async for it in _each(vault, settings)]


async def _each(vault: "Vault", settings: "Settings") -> AsyncIterator[Finding]:
    from dictabelt.app import blobs_of

    async def database() -> str:
        count = len(await vault.accounts.all())
        return f"{count} {'account' if count == 1 else 'accounts'}"

    yield await looked_at("database", database)
    blobs = blobs_of(settings, settings.blobs)
    async for finding in of_blobs(blobs, more=_by_url(vault, settings)):
        yield finding
    unsent = await looked_at("presign", lambda: _unsent(vault, settings))
    if unsent.fault or unsent.detail:
        yield unsent


async def _unsent(vault: "Vault", settings: "Settings") -> str:
    """Why clients of an account that wants it are not sent to the store; empty where they are."""
    from dictabelt.app import FILES, signpost_of

    if settings.blobs == FILES or signpost_of(settings) is not None:
        return ""
    if all(it.delivery is Delivery.PROXY for it in await vault.accounts.all()):
        return ""
    lacking = _TO_SIGN[settings.blobs.partition(":")[0]]
    return f"no client is sent to the store, for want of what signs a URL: {lacking}"


def _by_url(vault: "Vault", settings: "Settings") -> dict[str, Look]:
    """What shows only to a client that is sent to the bucket."""
    from dictabelt.app import signpost_of
    from dictabelt.core.ports import Guise

    signpost = signpost_of(settings)
    if signpost is None:
        return {}
    guise = Guise("audio/wav", 'inline; filename="doctor.wav"')

    async def fetched(key: str) -> tuple[str, datetime | None, datetime]:
        now = await vault.ring.clock()
        url = await signpost.address(key, guise, now=now, until=None)
        if url is None:
            raise StorageFailed("there are no credentials to sign with; set AWS_ACCESS_KEY_ID")
        return *await _get(url), now

    async def presign(key: str) -> str:
        kind, _, _ = await fetched(key)
        if kind != guise.content_type:
            raise StorageFailed("the store leaves response-content-type out of account")
        return "a client gets the bytes by a signed URL"

    async def clock(key: str) -> str:
        _, theirs, now = await fetched(key)
        if theirs is None:
            return "the store does not tell its time"
        apart = abs(theirs - now)
        if apart > _SKEW:
            raise StorageFailed(f"{apart.seconds} s apart from the store; set the clock (NTP)")
        return f"within {max(1, apart.seconds)} s of the store's"

    return {"presign": presign, "clock": clock}


async def _get(url: str) -> tuple[str, datetime | None]:
    """The type of what is there and the server's instant. Raises StorageFailed."""
    import httpx2

    try:
        async with httpx2.AsyncClient(timeout=20) as client:
            answer = await client.get(url)
    except httpx2.HTTPError as error:
        raise StorageFailed(
            "a client cannot reach the store; look at the setting blobs_public_endpoint"
        ) from error
    if answer.status_code != 200 or answer.content != SAMPLE:
        raise StorageFailed(
            f"the store answered a signed URL with {answer.status_code}; look at the region,"
            " the clock and what the credentials may do"
        )
    said = answer.headers.get("date")
    return answer.headers.get("content-type", ""), parsedate_to_datetime(said) if said else None
