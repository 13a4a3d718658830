"""Originals for the tests to pack: what comes in, and what is kept of it."""

import hashlib

from assembly import Assembly
from dictabelt.core.ingest import Upload
from dictabelt.core.media import Media
from dictabelt.core.nouns import Known, Recording
from sounds import chunks, wave_file


def call(here: Assembly) -> Recording:
    return here.ours.recordings["call"]


async def now(here: Assembly, recording: Recording | None = None) -> Media:
    """The first media as it is in the vault."""
    id = (recording or call(here)).id
    return (await here.vault.recordings.get(here.ours.owner, id)).media[0]


async def added(here: Assembly, data: bytes) -> Recording:
    upload = Upload(chunks(data), name="a.wav")
    return (await here.vault.ingest.add(here.ours.owner, upload, Known())).recording


def speech(number: int) -> bytes:
    """Quiet noise that no other number gives."""
    quiet = bytearray(32_000)
    quiet[::2] = bytes(it // 8 for it in hashlib.shake_256(bytes([number])).digest(16_000))
    return wave_file(bytes(quiet), channels=1, rate=8_000)
