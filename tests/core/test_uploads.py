"""Uploads in three steps: a place, the bytes, the word that all came."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from assembly import Assembly, engine
from clocks import Clock
from dictabelt.core.access import Credentials
from dictabelt.core.errors import Conflict, Forbidden, Invalid, KeyReused, NotFound, NotReady
from dictabelt.core.idempotency import Answered, Once
from dictabelt.core.media import Kind, MediaState
from dictabelt.core.nouns import Known, Principal, Recording, State
from dictabelt.core.ports import Database, Reading
from dictabelt.core.uploads import Announced, Body, Ticket, Uploads
from sounds import NOT_AUDIO, PICTURE, chunks, tone

HOUR = timedelta(hours=1)
WAV = "audio/wav"


def shown(it: Recording) -> bytes:
    return f"{it.state} {it.duration_ms}".encode()


async def waiting(here: Assembly) -> Recording:
    return await here.vault.ingest.begin(here.ours.owner, Known(), State.QUEUED)


async def place(here: Assembly, it: Recording, **more: Any) -> Ticket:
    wanted = Announced(**{"kind": Kind.AUDIO, "content_type": WAV, **more})
    return await here.vault.uploads.ticket(here.ours.owner, it.id, wanted, lifetime=HOUR)


def bytes_of(data: bytes, **more: Any) -> Body:
    return Body(**{"chunks": chunks(data), "content_type": WAV, "length": len(data), **more})


async def send(here: Assembly, ticket: Ticket, body: Body) -> None:
    holder = here.vault.access.holder(ticket.link.account)
    await here.vault.uploads.receive(holder, ticket.link.recording, ticket.media.id, body=body)


async def complete(here: Assembly, it: Recording, once: Once | None = None) -> Answered:
    return await here.vault.uploads.complete(here.ours.owner, it.id, once=once, render=shown)


async def found(here: Assembly, it: Recording) -> Recording:
    return await here.vault.recordings.get(here.ours.owner, it.id)


async def test_bytes_that_came_make_a_recording_with_its_measured_length(here: Assembly) -> None:
    it, data = await waiting(here), tone(1.5, 440)
    ticket = await place(here, it)
    assert ticket.media.state is MediaState.PENDING
    await send(here, ticket, bytes_of(data))
    [kept] = (await found(here, it)).media
    assert (kept.state, kept.size) == (MediaState.PENDING, None)
    assert kept.sha256 == hashlib.sha256(data).hexdigest()
    assert (await complete(here, it)).body == b"available 1500"
    whole = await found(here, it)
    assert [(one.state, one.size) for one in whole.media] == [(MediaState.UPLOADED, len(data))]
    assert whole.audio is not None
    assert whole.audio.signal is not None


async def test_several_files_are_one_recording(here: Assembly) -> None:
    it = await waiting(here)
    picture = await place(here, it, kind=Kind.IMAGE, content_type="image/jpeg")
    sound, silent = await place(here, it), await place(here, it)
    await send(here, picture, bytes_of(PICTURE, content_type="image/jpeg"))
    await send(here, sound, bytes_of(tone(0.7, 330)))
    await complete(here, it)
    whole = await found(here, it)
    assert [one.state for one in whole.media] == [
        MediaState.UPLOADED,
        MediaState.UPLOADED,
        MediaState.PENDING,
    ]
    assert whole.duration_ms == 700
    await send(here, silent, bytes_of(tone(0.1, 330)))


async def test_what_is_no_audio_is_kept_and_said_to_be_none(here: Assembly) -> None:
    it = await waiting(here)
    await send(here, await place(here, it), bytes_of(NOT_AUDIO))
    assert (await complete(here, it)).body == b"failed None"
    assert (await found(here, it)).media[0].state is MediaState.UNREADABLE


@pytest.mark.parametrize(
    ("announced", "sent", "field"),
    [
        ({}, {"content_type": "audio/mpeg"}, "content-type"),
        ({}, {"content_type": None}, "content-type"),
        ({"size": 10}, {}, "content-length"),
        ({"size": 10}, {"length": None}, "content-length"),
        ({}, {"sha256": "0" * 64}, "checksum"),
    ],
)
async def test_other_bytes_than_announced_are_not_kept(
    here: Assembly, announced: dict[str, Any], sent: dict[str, Any], field: str
) -> None:
    it = await waiting(here)
    ticket, before = await place(here, it, **announced), await here.kept()
    with pytest.raises(Invalid) as refused:
        await send(here, ticket, bytes_of(tone(0.2, 440), **sent))
    assert refused.value.field == field
    assert await here.kept() == before
    assert (await found(here, it)).media[0].blob is None


async def test_a_second_upload_takes_the_place_of_the_first_until_it_is_complete(
    here: Assembly,
) -> None:
    it = await waiting(here)
    ticket = await place(here, it)
    await send(here, ticket, bytes_of(tone(0.2, 440)))
    before = await here.kept()
    await send(here, ticket, bytes_of(tone(0.4, 440)))
    assert len(await here.kept()) == len(before)
    assert (await complete(here, it)).body == b"available 400"
    with pytest.raises(Conflict):
        await send(here, ticket, bytes_of(tone(0.2, 440)))


async def test_nothing_can_be_completed_without_bytes_or_twice(here: Assembly) -> None:
    it = await waiting(here)
    with pytest.raises(NotReady):
        await complete(here, it)
    ticket = await place(here, it)
    with pytest.raises(NotReady):
        await complete(here, it)
    await send(here, ticket, bytes_of(tone(0.2, 440)))
    await complete(here, it)
    with pytest.raises(Conflict):
        await complete(here, it)
    with pytest.raises(Conflict):
        await place(here, it)


async def test_completing_once_answers_the_same_for_a_day(here: Assembly, clock: Clock) -> None:
    it = await waiting(here)
    await send(here, await place(here, it), bytes_of(tone(0.2, 440)))
    first = await complete(here, it, Once("complete", "k", "1"))
    again = await complete(here, it, Once("complete", "k", "1"))
    assert (first.replayed, again) == (False, Answered(first.body, replayed=True))
    with pytest.raises(KeyReused):
        await complete(here, it, Once("complete", "k", "2"))
    clock.forward(timedelta(hours=24))
    with pytest.raises(Conflict):
        await complete(here, it, Once("complete", "k", "1"))


async def device(here: Assembly, name: str) -> Principal:
    issued = await here.vault.accounts.issue_device_key(
        here.ours.owner, name, dialect="bota", end_user_id="eu_1"
    )
    return await here.vault.access.authenticate(Credentials(issued.token), "bota")


async def test_a_device_uploads_its_own_recordings_and_reads_none(here: Assembly) -> None:
    mine, other = await device(here, "dev_1"), await device(here, "dev_2")
    made = await here.vault.ingest.begin_once(
        mine, Known(device_id="dev_9"), once=None, render=lambda it: it.id.bytes
    )
    search = (await here.vault.recordings.newest(here.ours.owner, limit=1))[0]
    assert search.id.bytes == made.body
    assert (search.device_id, search.end_user_id) == ("dev_1", "eu_1")
    wanted = Announced(Kind.AUDIO, WAV)
    await here.vault.uploads.ticket(mine, search.id, wanted, lifetime=HOUR)
    with pytest.raises(NotFound):
        await here.vault.uploads.ticket(other, search.id, wanted, lifetime=HOUR)
    with pytest.raises(Forbidden):
        await here.vault.recordings.get(mine, search.id)


async def test_a_foreign_recording_takes_no_upload(here: Assembly) -> None:
    it = await here.vault.ingest.begin(here.theirs.owner, Known(), State.QUEUED)
    with pytest.raises(NotFound):
        await place(here, it)
    with pytest.raises(NotFound):
        await complete(here, it)


class Overtaken:
    """Implements `Database` with another one; `then` happens once after a look."""

    def __init__(self, db: Database, then: Callable[[], Awaitable[None]]) -> None:
        self.glance, self.survey, self.write = db.glance, db.survey, db.write
        self._db = db
        self._then = [then]

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        async with self._db.read() as tx:
            yield tx
        if self._then:
            await self._then.pop()()


async def test_bytes_that_nobody_probed_are_not_said_to_be_available(here: Assembly) -> None:
    it = await waiting(here)
    first, late = await place(here, it), await place(here, it)
    await send(here, first, bytes_of(tone(0.1, 440)))

    async def more() -> None:
        await send(here, late, bytes_of(tone(0.2, 440)))

    db = Overtaken(here.db, more)
    uploads = Uploads(db, here.blobs, audio=engine(), ring=here.vault.ring)
    with pytest.raises(NotReady, match="meanwhile"):
        await uploads.complete(here.ours.owner, it.id, once=None, render=shown)
    assert (await found(here, it)).state is State.QUEUED
    await uploads.complete(here.ours.owner, it.id, once=None, render=shown)
    assert {one.state for one in (await found(here, it)).media} == {MediaState.UPLOADED}
