"""Packing: the same bytes in less room, and never a moment when they are nowhere."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import pytest

from assembly import Assembly, assembled, engine
from damaging import flipped
from dictabelt.app import listener
from dictabelt.core.digests import sha256_of
from dictabelt.core.errors import Damaged, Forbidden, StorageFailed
from dictabelt.core.ids import MediaId
from dictabelt.core.limiter import Limiter
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.nouns import Principal, Recording, Scope
from dictabelt.core.originals import Originals, Piece
from dictabelt.core.packing import Fate, Packed, Packing
from dictabelt.core.ports import Blob, Blobs, Stored
from dictabelt.core.recordings import Changes
from originals import added, call, now, speech
from sounds import wave_file
from stocked import Stock

FORMS = (
    Variant(Form.ORIGINAL),
    Variant(Form.WAV),
    Variant(Form.MP3),
    Variant(Form.WAV, Mix.LEFT, 300, 900),
    Variant(Form.MP3, Mix.MONO),
    Variant(Form.OPUS),
)


async def pack(here: Assembly, recording: Recording | None = None) -> Packed:
    it = recording or call(here)
    return await here.vault.packing.pack(here.ours.owner, it.id, it.media[0].id)


async def content(here: Assembly, variant: Variant, recording: Recording | None = None) -> Any:
    """What identifies a rendition, and its bytes."""
    id = (recording or call(here)).id
    it = await here.vault.renditions.get(here.ours.owner, id, variant)
    blob, found = await it.open(), b""
    while piece := await blob.read(len(found), 100_000):
        found += piece
    await blob.close()
    return it.rendition.etag, it.rendition.content_type, found


async def test_a_packed_original_takes_less_room_and_is_served_as_before(here: Assembly) -> None:
    before = [await content(here, it) for it in FORMS]
    kept, was = await here.kept(), await now(here)
    made = await pack(here)
    media = await now(here)
    assert (made.fate, made.size) == (Fate.PACKED, was.size)
    assert made.kept < 0.95 * made.size
    sha256 = await sha256_of(await here.blobs.open(str(media.blob)))
    assert media == replace(was, packed=True, blob=media.blob, packed_sha256=sha256)
    assert await here.kept() == kept - {str(was.blob)} | {str(media.blob)}
    assert [await content(here, it) for it in FORMS] == before


async def test_what_is_made_of_a_pack_later_is_what_would_have_been_made_before(
    stocked: Stock, tmp_path: Path
) -> None:
    async with assembled(stocked, tmp_path / "plain") as plain:
        right = [await content(plain, it) for it in FORMS]
        heard = await listened(plain, await added(plain, speech(7)))
    async with assembled(stocked, tmp_path / "packed") as packed:
        await pack(packed)
        assert [await content(packed, it) for it in FORMS] == right
        it = await added(packed, speech(7))
        assert (await pack(packed, it)).fate is Fate.PACKED
        assert await listened(packed, it) == heard


async def listened(here: Assembly, recording: Recording) -> Any:
    assert await listener(here.vault).drain()
    return (await here.vault.analyses.get(here.ours.owner, recording.id)).findings


async def test_a_second_time_changes_nothing_and_tells_what_the_pack_takes(here: Assembly) -> None:
    made = await pack(here)
    kept = await here.kept()
    assert await pack(here) == replace(made, fate=Fate.ALREADY)
    assert await here.vault.packing.estimate(*_named(here)) == replace(made, fate=Fate.ALREADY)
    assert await here.kept() == kept


async def test_who_reads_goes_on_reading(here: Assembly) -> None:
    get = here.vault.renditions.get
    found = await get(here.ours.owner, call(here).id, Variant(Form.ORIGINAL))
    late = await get(here.ours.owner, call(here).id, Variant(Form.MP3))
    reader = await found.open()
    first = await reader.read(0, 1_000)
    await pack(here)
    rest = await reader.read(1_000, 1 << 20)
    assert hashlib.sha256(first + rest).hexdigest() == found.rendition.etag
    await reader.close()
    for it in (found, late):
        again = await it.open()
        assert await again.read(0, 40)
        await again.close()


async def test_a_decoder_that_comes_late_finds_the_pack(here: Assembly) -> None:
    piece = Piece(call(here), call(here).media[0])
    await pack(here)
    originals = Originals(here.db, here.blobs, packer=engine().packer)
    async with originals.local(piece) as local:
        with local.demanded_whole():
            assert local.path.read_bytes()[:4] == b"fLaC"
        await here.tamper(str(local.media.blob), flipped)
    async with originals.local(piece) as local:
        with pytest.raises(Damaged), local.demanded_whole():
            pass


async def test_a_packed_recording_that_is_deleted_leaves_nothing(here: Assembly) -> None:
    await pack(here)
    media = await now(here)
    kept = await here.kept()
    await here.vault.recordings.delete(here.ours.owner, call(here).id)
    left = await here.kept()
    assert left < kept
    assert not {str(media.blob), str(call(here).media[0].blob)} & left


async def test_a_legal_hold_is_no_obstacle(here: Assembly) -> None:
    await here.vault.recordings.change(here.ours.owner, call(here).id, Changes(hold=True))
    assert (await pack(here)).fate is Fate.PACKED


async def test_what_cannot_be_packed_stays(here: Assembly, tmp_path: Path) -> None:
    kept = await here.kept()
    visit, failed = here.ours.recordings["visit"], here.ours.recordings["failed"]
    deal = here.vault.packing.pack
    picture = await deal(here.ours.owner, visit.id, visit.media[2].id)
    assert (picture.fate, picture.size, picture.kept) == (
        Fate.OTHER,
        visit.media[2].size,
        visit.media[2].size,
    )
    assert (await pack(here, failed)).fate is Fate.OTHER
    assert (await deal(here.ours.owner, visit.id, MediaId(uuid4()))).fate is Fate.GONE
    assert await here.kept() == kept


async def test_what_would_not_be_smaller_stays(here: Assembly) -> None:
    noise = hashlib.shake_256(b"noise").digest(80_000)
    loud = await added(here, wave_file(noise, channels=1, rate=8_000))
    kept = await here.kept()
    assert (await pack(here, loud)).fate is Fate.LARGE
    assert await here.kept() == kept
    assert not (await now(here, loud)).packed


async def test_an_estimate_of_a_damaged_original_changes_nothing(here: Assembly) -> None:
    await here.tamper(str(call(here).media[0].blob), lambda data: data[:-2_000])
    kept = await here.kept()
    assert (await here.vault.packing.estimate(*_named(here))).fate is Fate.UNPROVED
    assert (await here.kept(), (await now(here)).damage) == (kept, None)


def _named(here: Assembly) -> tuple[Principal, Any, MediaId]:
    return here.ours.owner, call(here).id, call(here).media[0].id


async def test_an_estimate_changes_nothing(here: Assembly) -> None:
    kept, was = await here.kept(), await now(here)
    guess = await here.vault.packing.estimate(*_named(here))
    assert (await here.kept(), await now(here)) == (kept, was)
    made = await pack(here)
    assert guess.fate is Fate.PACKED
    assert guess.kept == pytest.approx(made.kept, rel=0.1)
    assert (await here.vault.packing.estimate(*_named(here))).fate is Fate.ALREADY


async def test_only_the_owner_packs_and_only_their_own(here: Assembly) -> None:
    reader = replace(here.ours.owner, scopes=frozenset({Scope.READ, Scope.WRITE}))
    _, id, media = _named(here)
    for deal in (here.vault.packing.pack, here.vault.packing.estimate):
        with pytest.raises(Forbidden):
            await deal(reader, id, media)
        assert (await deal(here.theirs.owner, id, media)).fate is Fate.GONE
    assert not (await now(here)).packed


@dataclass
class Frail:
    """Implements `Blobs` with others; the call of number `fails_at` ends in `failure`."""

    blobs: Blobs
    fails_at: int = -1
    failure: BaseException = field(default_factory=lambda: StorageFailed("input/output error"))
    before: Callable[[str], Awaitable[object]] | None = None
    calls: list[str] = field(default_factory=list)

    async def _step(self, name: str) -> None:
        self.calls.append(name)
        if self.before is not None:
            await self.before(name)
        if len(self.calls) - 1 == self.fails_at:
            raise self.failure

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        return await self.blobs.put(key, chunks)

    def grow(self, key: str, write: Callable[[BinaryIO], None]) -> Any:
        return self.blobs.grow(key, write)

    def keys(self) -> AsyncIterator[str]:
        return self.blobs.keys()

    async def fill(self, key: str, write: Callable[[BinaryIO], None]) -> Stored:
        await self._step("fill")
        stored = await self.blobs.fill(key, write)
        await self._step("filled")
        return stored

    async def open(self, key: str) -> Blob:
        await self._step("open")
        return FrailBlob(await self.blobs.open(key), self._step)

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        await self._step("local")
        async with self.blobs.local(key) as path:
            yield path

    async def delete(self, key: str) -> None:
        await self._step("delete")
        await self.blobs.delete(key)


@dataclass
class FrailBlob:
    blob: Blob
    step: Callable[[str], Awaitable[None]]

    @property
    def size(self) -> int:
        return self.blob.size

    async def read(self, offset: int, length: int) -> bytes:
        await self.step("read")
        return await self.blob.read(offset, length)

    async def close(self) -> None:
        await self.blob.close()


def frail(here: Assembly, **how: Any) -> tuple[Frail, Packing]:
    blobs = Frail(here.blobs, **how)
    free = Limiter(1, retry_after=5)
    return blobs, Packing(here.db, blobs, packer=engine().packer, limiter=free)


STEPS = ["local", "fill", "filled", "open", "read", "read", "delete"]


async def test_these_are_all_the_steps(here: Assembly) -> None:
    blobs, packing = frail(here)
    assert (await packing.pack(*_named(here))).fate is Fate.PACKED
    assert blobs.calls == STEPS


@pytest.mark.parametrize("failure", [StorageFailed("input/output error"), asyncio.CancelledError()])
@pytest.mark.parametrize("number", range(len(STEPS)))
async def test_an_end_at_any_step_loses_nothing_and_the_next_attempt_packs(
    number: int, failure: BaseException, here: Assembly
) -> None:
    before = await content(here, Variant(Form.ORIGINAL))
    kept = await here.kept()
    _, packing = frail(here, fails_at=number, failure=failure)
    with pytest.raises(type(failure)):
        await packing.pack(*_named(here))
    assert await content(here, Variant(Form.ORIGINAL)) == before
    media = await now(here)
    left = await here.kept()
    assert left == kept if not media.packed else left == kept | {str(media.blob)}
    assert media.packed == (STEPS[number] == "delete")
    assert (await pack(here)).fate is (Fate.ALREADY if media.packed else Fate.PACKED)
    assert await content(here, Variant(Form.ORIGINAL)) == before


@pytest.mark.parametrize("at", STEPS[:-1])
async def test_a_recording_that_is_deleted_meanwhile_leaves_no_bytes(
    at: str, here: Assembly
) -> None:
    async def gone(step: str) -> None:
        if step == at and call(here).id:
            recordings = here.vault.recordings
            if await recordings.same_bytes(here.ours.owner, str(call(here).media[0].sha256)):
                await recordings.delete(here.ours.owner, call(here).id)

    kept = await here.kept()
    _, packing = frail(here, before=gone)
    assert (await packing.pack(*_named(here))).fate is Fate.GONE
    assert await here.kept() <= kept - {str(call(here).media[0].blob)}


async def test_two_who_pack_at_once_leave_one_pack(here: Assembly) -> None:
    before, kept = await content(here, Variant(Form.ORIGINAL)), await here.kept()
    fates = sorted(it.fate for it in await asyncio.gather(pack(here), pack(here)))
    assert Fate.PACKED in fates
    media = await now(here)
    assert await here.kept() == kept - {str(call(here).media[0].blob)} | {str(media.blob)}
    assert await content(here, Variant(Form.ORIGINAL)) == before
