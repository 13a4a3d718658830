"""A vault whose audio is in a bucket from the first upload on; more of it: --blobs s3."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dictabelt.app import blobs_of, opened
from dictabelt.core.errors import NotFound, StorageFailed
from dictabelt.core.ingest import Upload
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Known, Principal, Recording
from dictabelt.core.vault import Vault
from dictabelt.settings import BadSettings, Settings, load
from faults import Proxy, proxied, reset_before
from hearing import heard
from seaweed import Bucket
from sounds import chunks, tone

SOUND = tone(2, 440, 660)


@pytest.fixture
async def proxy(bucket: Bucket) -> AsyncIterator[Proxy]:
    async with proxied(bucket.port) as made:
        yield made


@pytest.fixture
def settings(bucket: Bucket, proxy: Proxy, tmp_path: Path) -> Settings:
    place = {"blobs": bucket.fresh(), "blobs_endpoint": proxy.endpoint}
    return load({"data": tmp_path / "data", **place}, {})


async def owner(vault: Vault) -> Principal:
    account = await vault.accounts.add("Clinic", media_public=False, link_seconds=None)
    return await vault.access.operator(str(account.id))


async def came(vault: Vault, who: Principal) -> Recording:
    return (await vault.ingest.add(who, Upload(chunks(SOUND), name="a.wav"), Known())).recording


async def bytes_of(vault: Vault, who: Principal, it: Recording, form: Form) -> bytes:
    playable = await vault.renditions.get(who, it.id, Variant(form))
    blob = await playable.open()
    data = b""
    try:
        while piece := await blob.read(len(data), 10_000):
            data += piece
    finally:
        await blob.close()
    return data


async def kept(settings: Settings) -> list[str]:
    keys = blobs_of(settings, settings.blobs).keys()
    return [key async for key in keys]


async def test_what_comes_in_is_kept_there_and_played_from_there(settings: Settings) -> None:
    async with opened(settings) as vault:
        who = await owner(vault)
        recording = await came(vault, who)
    assert not (settings.data / "blobs").exists()
    async with opened(settings) as vault:
        assert await bytes_of(vault, who, recording, Form.ORIGINAL) == SOUND
        for form in (Form.MP3, Form.OPUS):
            sound = heard(await bytes_of(vault, who, recording, form))
            assert abs(sound.seconds - 2) < 0.1
    assert list((settings.data / "spool").iterdir()) == []


async def test_what_is_deleted_is_deleted_there(settings: Settings) -> None:
    async with opened(settings) as vault:
        who = await owner(vault)
        recording = await came(vault, who)
        assert len(await kept(settings)) == 1
        await vault.recordings.delete(who, recording.id)
        with pytest.raises(NotFound):
            await vault.renditions.get(who, recording.id, Variant(Form.WAV))
    assert await kept(settings) == []


async def test_an_upload_that_the_store_loses_is_no_recording(
    settings: Settings, proxy: Proxy
) -> None:
    async with opened(settings) as vault:
        who = await owner(vault)
        proxy.spoil(reset_before, lambda _: True)
        with pytest.raises(StorageFailed, match="try again"):
            await came(vault, who)
        proxy.spoil(reset_before, lambda _: False)
        assert await vault.recordings.newest(who, limit=10) == []
    assert await kept(settings) == []


async def test_a_place_that_is_none_is_told_by_name(tmp_path: Path) -> None:
    settings = load({"data": tmp_path, "blobs": "ftp://x"}, {})
    with pytest.raises(BadSettings, match="setting blobs: "):
        async with opened(settings):
            pass
