"""The demo's accounts as they stand: seeded on the first start, found again on the others."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dictabelt.cli import demo_file, seed
from dictabelt.cli.demo_file import AccountEntry
from dictabelt.cli.exits import Exit, Problem
from dictabelt.core.access import Credentials
from dictabelt.core.accounts import Grant
from dictabelt.core.errors import NotFound, Unauthorized
from dictabelt.core.ids import RecordingId
from dictabelt.core.nouns import Account, Principal, Recording, Scope

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

_FULL = Grant("demo", frozenset({Scope.READ, Scope.WRITE}))
_READ_ONLY = Grant("demo, read only", frozenset({Scope.READ}))
# the demo's keys are good for all of them, so any name will do
_ANY_DIALECT = "demo"


@dataclass(frozen=True, slots=True)
class Tenant:
    """An account of the demo, its recordings, and tokens of the full and the read-only key."""

    account: Account
    recordings: list[Recording]
    tokens: tuple[str, str]


async def tenants(vault: "Vault", folder: Path) -> list[Tenant]:
    """The demo's accounts. Raises Problem for a vault that is not the demo's."""
    before = demo_file.read(folder)
    entries = {it["name"]: it for it in seed.manifest()}
    accounts = {it.name: it for it in await vault.accounts.all()}
    if accounts and not accounts.keys() & entries.keys():
        raise Problem(
            f"{folder} holds a vault that is not the demo's; name another folder with --data",
            Exit.USAGE,
        )
    kept = {it.name: it for it in before.accounts} if before else {}
    return [await _tenant(vault, it, kept=kept.get(it["name"])) for it in entries.values()]


async def _tenant(vault: "Vault", entry: seed.Entry, *, kept: AccountEntry | None) -> Tenant:
    account = await seed.account(vault, entry["name"])
    who = await vault.access.operator(str(account.id))
    known = kept if kept is not None and kept.id == account.id else None
    if known is None:
        recordings = await seed.planted(vault, who, entries=entry["recordings"])
    else:
        recordings = await _again(vault, who, kept=known)
    return Tenant(account, recordings, await _tokens(vault, who, kept=known))


async def _again(vault: "Vault", who: Principal, *, kept: AccountEntry) -> list[Recording]:
    """What an earlier start wrote down, without what has been deleted since."""
    found = []
    for it in kept.recordings:
        with suppress(NotFound):
            found.append(await vault.recordings.get(who, RecordingId(it.id)))
    return found


async def _tokens(vault: "Vault", who: Principal, *, kept: AccountEntry | None) -> tuple[str, str]:
    if kept is not None:
        tokens = (kept.key, kept.read_only_key)
        if all([await _opens(vault, it, who=who) for it in tokens]):
            return tokens
    await _revoke_lost(vault, who)
    full, read_only = [await vault.accounts.issue_key(who, it) for it in (_FULL, _READ_ONLY)]
    return full.token, read_only.token


async def _opens(vault: "Vault", token: str, *, who: Principal) -> bool:
    try:
        found = await vault.access.authenticate(Credentials(token), _ANY_DIALECT)
    except Unauthorized:
        return False
    return found.account == who.account


async def _revoke_lost(vault: "Vault", who: Principal) -> None:
    """Keys of earlier starts, whose tokens nobody has any more."""
    for key in await vault.accounts.keys(who):
        if key.revoked_at is None and key.name in (_FULL.name, _READ_ONLY.name):
            await vault.accounts.revoke_key(who, key.id)
