"""`dictabelt key`: what clients send to prove who they are."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from dictabelt.cli import tell, told
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import as_owner
from dictabelt.cli.options import Account, Data, Json, examples, group, lifetime, uuid_text
from dictabelt.core.accounts import Grant
from dictabelt.core.ids import KeyId
from dictabelt.core.nouns import ApiKey, Scope

SAMPLE = "7c1f0d52-3b86-4e0a-9a57-6d2f1c84b0e1"
commands = group(name="key", help="Add, list and revoke the keys of an account.")


class ScopeWord(StrEnum):
    """Scopes, as they are said here."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


_SCOPES = {
    ScopeWord.READ: Scope.READ,
    ScopeWord.WRITE: Scope.WRITE,
    ScopeWord.ADMIN: Scope.ADMIN,
}


@commands.callback(epilog=examples('key add "billing app"', "key list"))
def _keys() -> None:
    """Add, list and revoke the keys of an account."""


@commands.command(
    epilog=examples(
        'key add "billing app"',
        'key add auditor --account "Harbour Clinic" --scope read --expires 90d --json',
    )
)
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    scope: Annotated[
        list[ScopeWord] | None,
        typer.Option(
            "--scope",
            metavar="read|write|admin",
            help="What it may do; repeat for several.  [default: read and write]",
        ),
    ] = None,
    expires: Annotated[
        timedelta | None,
        typer.Option("--expires", metavar="TIME", parser=lifetime, help="Dies after 12h, 90d, ..."),
    ] = None,
    dialect: Annotated[
        str | None,
        typer.Option("--dialect", metavar="NAME", help="Good for one vendor's API only."),
    ] = None,
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Add a key and print its token, this once.

    The same token works as Basic password, Bearer, AccessKey and x-api-key.
    """
    if dialect is not None:
        _refuse_unknown(dialect)
    scopes = frozenset(_SCOPES[it] for it in scope or (ScopeWord.READ, ScopeWord.WRITE))
    grant = Grant(name=name, scopes=scopes, lifetime=expires, dialect=dialect)
    issued = as_owner(data, account, work=lambda vault, who: vault.accounts.issue_key(who, grant))
    if json:
        tell.as_json({**told.key(issued.key), "token": issued.token})
    else:
        tell.say(f"key {issued.key.id}; its token is shown now and never again:")
        print(issued.token)


@commands.command("list", epilog=examples("key list", "key list --account Taxi --json"))
def list_keys(account: Account = None, data: Data = None, json: Json = False) -> None:
    """List the keys of an account, oldest first, revoked ones too."""
    keys = as_owner(data, account, work=lambda vault, who: vault.accounts.keys(who))
    if json:
        tell.as_json([told.key(it) for it in keys])
    else:
        titles = ("id", "name", "scopes", "dialect", "added", "expires", "revoked")
        tell.as_table(titles, map(_row, keys))


@commands.command(epilog=examples(f"key revoke {SAMPLE}", f"key revoke {SAMPLE} --account Taxi"))
def revoke(
    id: Annotated[
        str,
        typer.Argument(metavar="ID", parser=uuid_text, help="The key, as `key list` shows it."),
    ],
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Revoke a key: requests that carry it are refused from now on."""
    key = KeyId(UUID(id))
    as_owner(data, account, work=lambda vault, who: vault.accounts.revoke_key(who, key))
    if json:
        tell.as_json({"id": id, "revoked": True})
    else:
        tell.say(f"revoked {id}")


def _row(it: ApiKey) -> tuple[str, ...]:
    return (
        str(it.id),
        it.name,
        " ".join(sorted(it.scopes)),
        it.dialect or "",
        tell.minute(it.created_at),
        tell.minute(it.expires_at),
        tell.minute(it.revoked_at),
    )


def _refuse_unknown(dialect: str) -> None:
    from dictabelt.http.dialect import discover

    names = [it.name for it in discover()]
    if dialect not in names:
        raise Problem(f"no dialect {dialect!r}; there are: {', '.join(names)}", Exit.USAGE)
