"""Accounts and keys as their owner makes them."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from assembly import Assembly
from clocks import Clock
from dictabelt.app import DATABASE
from dictabelt.core.access import Credentials
from dictabelt.core.accounts import Grant
from dictabelt.core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from dictabelt.core.ids import KeyId
from dictabelt.core.nouns import Principal, Scope

READ = frozenset({Scope.READ})


async def test_an_account_is_listed_after_those_before_it(here: Assembly) -> None:
    added = await here.vault.accounts.add("Third", media_public=False, link_seconds=60)
    assert await here.vault.accounts.all() == [here.ours.account, here.theirs.account, added]


@pytest.mark.parametrize("name", ["", " ", "\t\n"])
async def test_an_account_needs_a_name(name: str, here: Assembly) -> None:
    with pytest.raises(Invalid) as caught:
        await here.vault.accounts.add(name, media_public=True, link_seconds=None)
    assert caught.value.field == "name"


async def test_no_two_accounts_share_a_name(here: Assembly) -> None:
    with pytest.raises(Conflict, match="Ours"):
        await here.vault.accounts.add("Ours", media_public=True, link_seconds=None)


@pytest.mark.parametrize(
    ("seconds", "good"), [(0, False), (1, True), (604_800, True), (604_801, False)]
)
async def test_links_of_an_account_live_a_second_to_a_week(
    seconds: int, good: bool, here: Assembly
) -> None:
    add = here.vault.accounts.add("Third", media_public=True, link_seconds=seconds)
    if good:
        assert (await add).link_seconds == seconds
        return
    with pytest.raises(Invalid) as caught:
        await add
    assert caught.value.field == "link_seconds"


async def test_a_key_is_what_was_granted(here: Assembly, clock: Clock) -> None:
    grant = Grant("k", READ, lifetime=timedelta(minutes=5), dialect="bird")
    key = (await here.vault.accounts.issue_key(here.ours.owner, grant)).key
    assert (key.name, key.scopes, key.dialect) == ("k", READ, "bird")
    assert (key.created_at, key.expires_at) == (clock.now, clock.now + timedelta(minutes=5))
    assert key.account == here.ours.account.id
    assert key in await here.vault.accounts.keys(here.ours.owner)
    assert key not in await here.vault.accounts.keys(here.theirs.owner)


async def test_a_key_that_is_to_live_for_no_time_is_dead(here: Assembly) -> None:
    grant = Grant("k", READ, lifetime=timedelta(0))
    token = (await here.vault.accounts.issue_key(here.ours.owner, grant)).token
    with pytest.raises(Unauthorized):
        await here.vault.access.authenticate(Credentials(token), "laml")


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({Scope.LISTEN}), READ | {Scope.LISTEN}])
async def test_a_key_needs_scopes_that_keys_can_have(
    scopes: frozenset[Scope], here: Assembly
) -> None:
    with pytest.raises(Invalid) as caught:
        await here.vault.accounts.issue_key(here.ours.owner, Grant("k", scopes))
    assert caught.value.field == "scope"


async def test_only_the_owner_issues_lists_and_revokes_keys(here: Assembly) -> None:
    who = Principal(here.ours.account.id, frozenset({Scope.READ, Scope.WRITE}))
    key = (await here.vault.accounts.keys(here.ours.owner))[0]
    for work in (
        here.vault.accounts.issue_key(who, Grant("k", READ)),
        here.vault.accounts.keys(who),
        here.vault.accounts.revoke_key(who, key.id),
    ):
        with pytest.raises(Forbidden):
            await work


async def test_a_foreign_key_is_revoked_as_little_as_an_unknown_one(here: Assembly) -> None:
    theirs = (await here.vault.accounts.keys(here.theirs.owner))[0]
    for id in (theirs.id, KeyId(uuid4())):
        with pytest.raises(NotFound, match="no such key"):
            await here.vault.accounts.revoke_key(here.ours.owner, id)
    assert theirs in await here.vault.accounts.keys(here.theirs.owner)


async def test_a_revoked_key_is_refused_and_stays_listed(here: Assembly, clock: Clock) -> None:
    issued = await here.vault.accounts.issue_key(here.ours.owner, Grant("k", READ))
    await here.vault.accounts.revoke_key(here.ours.owner, issued.key.id)
    with pytest.raises(Unauthorized):
        await here.vault.access.authenticate(Credentials(issued.token), "laml")
    listed = {it.id: it for it in await here.vault.accounts.keys(here.ours.owner)}
    assert listed[issued.key.id].revoked_at == clock.now


async def test_no_token_and_no_pepper_is_on_the_disk_in_the_database(
    here: Assembly, tmp_path: Path
) -> None:
    pepper = (tmp_path / "data" / "secret.key").read_text()
    tokens = [*here.ours.keys.values(), *here.theirs.keys.values()]
    for file in (tmp_path / "data").glob(f"{DATABASE}*"):
        content = file.read_bytes()
        for secret in (*tokens, *(it[4:] for it in tokens), pepper):
            assert secret.encode() not in content
        assert bytes.fromhex(pepper) not in content
