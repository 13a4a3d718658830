"""Links that are kept: made for one media, listed by their recording, taken back one by one."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from assembly import Assembly
from clocks import Clock
from dictabelt.core.errors import Forbidden, Invalid, LinkRevoked, NotFound, NotReady
from dictabelt.core.ids import LinkId, MediaId
from dictabelt.core.media import Form, Variant
from dictabelt.core.networks import caller
from dictabelt.core.nouns import Principal, Scope, Terms
from dictabelt.core.share import Leash

SECOND = timedelta(seconds=1)
HOUR = Terms(Variant(Form.MP3), timedelta(hours=1))
HERE = caller("192.0.2.7")


async def test_a_share_says_what_its_link_opens(here: Assembly) -> None:
    call, owner = here.ours.recordings["call"], here.ours.owner
    made = await here.vault.shares.make(owner, call.id, HOUR, leash=Leash(note="for Zoë"))
    share, link = made.share, made.link
    assert (share.account, share.recording, share.media) == (
        call.account,
        call.id,
        call.media[0].id,
    )
    assert (share.form, share.note, share.revoked_at) == (Form.MP3, "for Zoë", None)
    assert (link.recording, link.media, link.variant) == (
        share.recording,
        share.media,
        share.variant,
    )
    assert (share.created_at, share.expires_at) == (link.issued_at, link.expires_at)
    assert share.expires_at - share.created_at == HOUR.lifetime


async def test_a_share_can_be_of_any_media(here: Assembly) -> None:
    visit, owner = here.ours.recordings["visit"], here.ours.owner
    picture = visit.media[2].id
    original = Terms(Variant(Form.ORIGINAL), timedelta(hours=1))
    made = await here.vault.shares.make(owner, visit.id, original, media=picture)
    assert (made.share.media, made.link.extension) == (picture, "jpg")
    with pytest.raises(NotReady):
        await here.vault.shares.make(owner, visit.id, HOUR, media=picture)


async def test_a_recording_lists_its_own_shares_newest_first(here: Assembly, clock: Clock) -> None:
    shares, owner, call = here.vault.shares, here.ours.owner, here.ours.recordings["call"].id
    first = (await shares.make(owner, call, HOUR)).share
    clock.forward(SECOND)
    second = (await shares.make(owner, call, HOUR)).share
    await shares.make(owner, here.ours.recordings["sip"].id, HOUR)
    assert await shares.of(owner, call) == [second, first]


async def test_a_share_is_taken_back_and_the_others_stay(here: Assembly, clock: Clock) -> None:
    shares, owner, call = here.vault.shares, here.ours.owner, here.ours.recordings["call"].id
    gone = (await shares.make(owner, call, HOUR)).share
    kept = (await shares.make(owner, call, HOUR)).share
    clock.forward(SECOND)
    revoked = clock.now
    await shares.revoke(owner, call, gone.id)
    clock.forward(SECOND)
    await shares.revoke(owner, call, gone.id)
    with pytest.raises(LinkRevoked):
        await shares.admit(owner, gone.id, HERE)
    await shares.look(owner, kept.id, HERE)
    listed = {it.id: it for it in await shares.of(owner, call)}
    assert listed[gone.id] == replace(gone, revoked_at=revoked)
    assert listed[kept.id] == kept


async def test_what_never_was_shared_counts_as_taken_back(here: Assembly) -> None:
    shares, call = here.vault.shares, here.ours.recordings["call"].id
    made = (await shares.make(here.ours.owner, call, HOUR)).share
    for who, id in ((here.ours.owner, uuid4()), (here.theirs.owner, made.id)):
        with pytest.raises(LinkRevoked):
            await shares.admit(who, LinkId(id), HERE)


async def test_nobody_shares_or_takes_back_what_is_not_theirs(here: Assembly) -> None:
    shares, owner = here.vault.shares, here.ours.owner
    call, sip, theirs = (
        here.ours.recordings["call"],
        here.ours.recordings["sip"],
        here.theirs.recordings["call"],
    )
    ours = (await shares.make(owner, call.id, HOUR)).share
    foreign = (await shares.make(here.theirs.owner, theirs.id, HOUR)).share
    for work in (
        shares.make(owner, theirs.id, HOUR),
        shares.make(owner, call.id, HOUR, media=theirs.media[0].id),
        shares.make(owner, call.id, HOUR, media=MediaId(uuid4())),
        shares.of(owner, theirs.id),
        shares.revoke(owner, theirs.id, foreign.id),
        shares.get(owner, theirs.id, foreign.id),
        shares.get(owner, call.id, foreign.id),
        shares.get(owner, sip.id, ours.id),
        shares.get(owner, call.id, LinkId(uuid4())),
        shares.revoke(owner, call.id, foreign.id),
        shares.revoke(owner, sip.id, ours.id),
        shares.revoke(owner, call.id, LinkId(uuid4())),
    ):
        with pytest.raises(NotFound):
            await work
    await shares.look(owner, ours.id, HERE)
    await shares.look(here.theirs.owner, foreign.id, HERE)


@pytest.mark.parametrize("which", ["in progress", "absent", "failed"])
async def test_what_cannot_be_played_is_not_shared(which: str, here: Assembly) -> None:
    recording = here.ours.recordings[which]
    with pytest.raises((NotFound, NotReady)):
        await here.vault.shares.make(here.ours.owner, recording.id, HOUR)
    assert await here.vault.shares.of(here.ours.owner, recording.id) == []


async def test_no_share_lives_longer_than_a_link_may(here: Assembly) -> None:
    call, owner = here.ours.recordings["call"].id, here.ours.owner
    for lifetime in (timedelta(0), timedelta(days=7, seconds=1)):
        with pytest.raises(Invalid):
            await here.vault.shares.make(owner, call, Terms(Variant(Form.MP3), lifetime))
    assert await here.vault.shares.of(owner, call) == []


async def test_a_share_takes_both_rights_and_a_look_at_them_the_one_to_read(
    here: Assembly,
) -> None:
    shares, call = here.vault.shares, here.ours.recordings["call"].id
    made = (await shares.make(here.ours.owner, call, HOUR)).share
    account = here.ours.account.id
    reader = Principal(account, frozenset({Scope.READ}))
    writer = Principal(account, frozenset({Scope.WRITE}))
    assert await shares.of(reader, call) == [made]
    for work in (
        shares.make(reader, call, HOUR),
        shares.make(writer, call, HOUR),
        shares.revoke(reader, call, made.id),
        shares.of(writer, call),
        shares.get(writer, call, made.id),
    ):
        with pytest.raises(Forbidden):
            await work
    await shares.revoke(writer, call, made.id)
