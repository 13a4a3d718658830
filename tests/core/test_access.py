"""Who is let in, as whom, and what it costs to find out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from assembly import Assembly
from clocks import Clock
from dictabelt.core.access import Access, Credentials, refuse_key, require, require_listening
from dictabelt.core.accounts import AccountChanges, Grant
from dictabelt.core.errors import Forbidden, MissingKey, NotFound, StorageFailed, Unauthorized
from dictabelt.core.ids import KeyId
from dictabelt.core.nouns import ApiKey, Principal, Scope
from dictabelt.core.tokens import new_token
from dictabelt.db.sqlite import SqliteDatabase
from samples import ACCOUNT

NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
KEY = ApiKey(
    id=KeyId(UUID(int=7)),
    account=ACCOUNT,
    name="k",
    digest=b"d" * 32,
    scopes=frozenset({Scope.READ}),
    created_at=NOW - timedelta(days=1),
)
OFFERED = Credentials("t", str(ACCOUNT))


@pytest.mark.parametrize(
    ("key", "offered"),
    [
        (KEY, OFFERED),
        (KEY, Credentials("t")),
        (replace(KEY, expires_at=NOW + TICK), OFFERED),
        (replace(KEY, dialect="laml"), OFFERED),
    ],
    ids=["any", "without a user name", "a moment before it expires", "of this dialect"],
)
def test_a_good_key_is_let_in(key: ApiKey, offered: Credentials) -> None:
    refuse_key(key, offered, dialect="laml", now=NOW)


@pytest.mark.parametrize(
    ("key", "offered"),
    [
        (None, OFFERED),
        (replace(KEY, revoked_at=NOW), OFFERED),
        (replace(KEY, revoked_at=NOW + TICK), OFFERED),
        (replace(KEY, expires_at=NOW), OFFERED),
        (replace(KEY, expires_at=NOW - TICK), OFFERED),
        (replace(KEY, dialect="bird"), OFFERED),
        (KEY, Credentials("t", str(uuid4()))),
        (KEY, Credentials("t", "")),
        (KEY, Credentials("t", str(ACCOUNT).upper())),
        (KEY, Credentials("t", ACCOUNT.hex)),
    ],
    ids=[
        "unknown",
        "revoked",
        "revoked by a clock ahead of ours",
        "at the instant it expires",
        "expired",
        "of another dialect",
        "under another account",
        "under no account",
        "under an account in capitals",
        "under an account without dashes",
    ],
)
def test_any_other_key_is_refused_in_one_and_the_same_words(
    key: ApiKey | None, offered: Credentials
) -> None:
    with pytest.raises(Unauthorized) as caught:
        refuse_key(key, offered, dialect="laml", now=NOW)
    assert type(caught.value) is Unauthorized
    assert str(caught.value) == "the key is unknown, revoked or expired"


async def test_a_malformed_key_costs_no_query(tmp_path: Path) -> None:
    closed = SqliteDatabase.open(tmp_path / "vault.sqlite3")
    await closed.close()
    access = Access(closed, b"pepper")
    with pytest.raises(Unauthorized):
        await access.authenticate(Credentials("dbk_" + "0" * 49), "laml")
    with pytest.raises(StorageFailed):
        await access.authenticate(Credentials(new_token()), "laml")


async def test_a_key_that_was_proven_before_is_refused_once_revoked(here: Assembly) -> None:
    owner, access = here.ours.owner, here.vault.access
    issued = await here.vault.accounts.issue_key(owner, Grant("k", frozenset({Scope.READ})))
    offered = Credentials(issued.token)
    assert (await access.authenticate(offered, "laml")).key == issued.key.id
    await here.vault.accounts.revoke_key(owner, issued.key.id)
    with pytest.raises(Unauthorized):
        await access.authenticate(offered, "laml")
    with pytest.raises(Unauthorized):
        await access.admit(offered, "laml")


async def test_who_is_admitted_is_told_with_the_account_of_now(
    here: Assembly, clock: Clock
) -> None:
    owner, access = here.ours.owner, here.vault.access
    issued = await here.vault.accounts.issue_key(owner, Grant("k", frozenset({Scope.READ})))
    offered = Credentials(issued.token)
    it = await access.admit(offered, "laml")
    assert (it.who, it.account) == (await access.authenticate(offered, "laml"), here.ours.account)
    clock.forward(TICK)
    changed = await here.vault.accounts.change(owner, AccountChanges(requests_a_minute=7))
    later = await access.admit(offered, "laml")
    assert (later.account, later.now - it.now) == (changed, TICK)
    with pytest.raises(MissingKey):
        await access.admit(None, "laml")


@pytest.mark.parametrize("offered", [None, Credentials(""), Credentials("", str(ACCOUNT))])
async def test_no_key_is_told_from_a_wrong_one(offered: Credentials | None, here: Assembly) -> None:
    with pytest.raises(MissingKey):
        await here.vault.access.authenticate(offered, "laml")


async def test_a_key_is_good_until_the_very_instant_it_expires(
    here: Assembly, clock: Clock
) -> None:
    grant = Grant("k", frozenset({Scope.READ}), lifetime=timedelta(hours=1))
    owner = replace(here.ours.owner)
    issued = await here.vault.accounts.issue_key(owner, grant)
    clock.forward(timedelta(hours=1) - TICK)
    who = await here.vault.access.authenticate(Credentials(issued.token), "laml")
    assert who == Principal(here.ours.account.id, frozenset({Scope.READ}), issued.key.id)
    clock.forward(TICK)
    with pytest.raises(Unauthorized):
        await here.vault.access.authenticate(Credentials(issued.token), "laml")


@pytest.mark.parametrize("scope", [Scope.READ, Scope.WRITE, Scope.ADMIN])
def test_only_the_scope_itself_will_do(scope: Scope) -> None:
    others = frozenset(Scope) - {scope}
    require(Principal(ACCOUNT, frozenset({scope})), scope)
    with pytest.raises(Forbidden):
        require(Principal(ACCOUNT, others), scope)


def test_readers_and_link_holders_may_listen_and_writers_may_not() -> None:
    require_listening(Principal(ACCOUNT, frozenset({Scope.READ})))
    require_listening(Principal(ACCOUNT, frozenset({Scope.LISTEN})))
    with pytest.raises(Forbidden):
        require_listening(Principal(ACCOUNT, frozenset({Scope.WRITE, Scope.ADMIN})))


async def test_anybody_may_listen_where_media_is_public_and_do_nothing_else(
    here: Assembly,
) -> None:
    for offered in (None, Credentials("nonsense"), Credentials(here.theirs.keys["all"])):
        who = await here.vault.access.listener(here.ours.account.id, offered, "laml")
        assert who == Principal(here.ours.account.id, frozenset({Scope.LISTEN}))


async def test_where_media_is_protected_it_takes_a_key_of_the_account(here: Assembly) -> None:
    listener, theirs = here.vault.access.listener, here.theirs
    token = theirs.keys["read"]
    who = await listener(theirs.account.id, Credentials(token), "laml")
    assert who.scopes == frozenset({Scope.READ})
    with pytest.raises(MissingKey):
        await listener(theirs.account.id, None, "laml")
    with pytest.raises(Unauthorized):
        await listener(theirs.account.id, Credentials(theirs.keys["revoked"]), "laml")


async def test_a_foreign_key_finds_protected_media_as_little_as_an_unknown_account(
    here: Assembly,
) -> None:
    ours = Credentials(here.ours.keys["all"])
    with pytest.raises(NotFound) as foreign:
        await here.vault.access.listener(here.theirs.account.id, ours, "laml")
    with pytest.raises(NotFound) as unknown:
        await here.vault.access.listener(uuid4(), ours, "laml")
    assert str(foreign.value) == str(unknown.value)


async def test_an_operator_names_an_account_by_name_or_id(here: Assembly) -> None:
    by_name = await here.vault.access.operator("Theirs")
    assert by_name == await here.vault.access.operator(str(here.theirs.account.id))
    assert by_name.account == here.theirs.account.id
    assert Scope.ADMIN in by_name.scopes
    with pytest.raises(NotFound, match="account list"):
        await here.vault.access.operator("Nobody")


def test_the_holder_of_a_link_may_listen_and_do_nothing_else(here: Assembly) -> None:
    who = here.vault.access.holder(here.ours.account.id)
    assert who == Principal(here.ours.account.id, frozenset({Scope.LISTEN}))
