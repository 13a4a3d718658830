"""WAV and MP3 that are made as they are read: any part of them is that part of the whole."""

import asyncio
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.held import Held
from audio.recordings import DEMO, engine, heard, level, noise, tone, wav, written
from dictabelt.audio.engine import Engine
from dictabelt.core.errors import StorageFailed
from dictabelt.core.media import Form, Mix, Signal, Variant
from dictabelt.core.ports import Blob

ENGINE = engine()
COMPUTED = (Form.WAV, Form.MP3)


def opened(path: Path, variant: Variant, its: Engine = ENGINE) -> tuple[Signal, Held, Blob]:
    source = Held(path.read_bytes())
    signal = its.probe(path)
    assert its.computes(signal, variant.form)
    return signal, source, its.view(source, signal, variant=variant)


async def content(blob: Blob, start: int, end: int) -> bytes:
    found = b""
    while len(found) < end - start:
        found += await blob.read(start + len(found), end - start - len(found))
    return found


def whole(path: Path, variant: Variant) -> bytes:
    """What is written from end to end, another way to the same bytes."""
    out = io.BytesIO()
    ENGINE.render(path, ENGINE.probe(path), variant=variant, write=out.write)
    return out.getvalue()


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Forty seconds and more of every coding whose samples can be reached."""
    folder = tmp_path_factory.mktemp("calls")
    codecs = {
        "pcm_s16le": (8_000, 2),
        "pcm_mulaw": (8_000, 1),
        "pcm_alaw": (8_000, 2),
        "pcm_u8": (16_000, 1),
        "pcm_s24le": (44_100, 2),
        "pcm_s32le": (11_025, 1),
        "pcm_f32le": (48_000, 2),
    }
    return {
        codec: written(
            folder / f"{codec}.wav", noise(rate * 41 + 7, channels), rate=rate, codec=codec
        )
        for codec, (rate, channels) in codecs.items()
    }


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_range_is_that_range_of_the_whole(calls: dict[str, Path], data: st.DataObject) -> None:
    path = calls[data.draw(st.sampled_from(sorted(calls)))]
    stereo = ENGINE.probe(path).channels == 2
    variant = Variant(
        data.draw(st.sampled_from(COMPUTED)),
        data.draw(st.sampled_from(list(Mix) if stereo else [Mix.BOTH])),
        *data.draw(
            st.sampled_from([(0, None), (0, 1), (39_999, None), (17, 20_345), (14_112, 14_113)])
        ),
    )
    expected = whole(path, variant)
    _, source, view = opened(path, variant)
    start = data.draw(st.integers(0, len(expected)))
    end = data.draw(st.integers(start, min(len(expected), start + 300_000)))

    async def read() -> None:
        assert view.size == len(expected) == ENGINE.size(ENGINE.probe(path), variant)
        assert await content(view, start, end) == expected[start:end]
        assert await view.read(len(expected), 10) == b""
        await view.close()
        assert source.closed

    asyncio.run(read())


@pytest.mark.parametrize("form", COMPUTED)
async def test_reading_on_gives_the_whole(calls: dict[str, Path], form: Form) -> None:
    path = calls["pcm_s16le"]
    _, _, view = opened(path, Variant(form))
    assert await content(view, 0, view.size) == whole(path, Variant(form))


@pytest.mark.parametrize("form", COMPUTED)
async def test_little_is_read_to_make_little(calls: dict[str, Path], form: Form) -> None:
    path = calls["pcm_s16le"]
    _, source, view = opened(path, Variant(form))
    assert len(await view.read(view.size // 2, 2)) == 2
    assert source.read_bytes < source.size / 2


async def test_the_parts_of_a_wav_are_exact_to_the_sample(tmp_path: Path) -> None:
    audio = noise(80_000, 2)
    path = tmp_path / "a.wav"
    path.write_bytes(wav(audio))
    _, _, view = opened(path, Variant(Form.WAV, Mix.BOTH, 1_001, 2_003))
    assert await content(view, 0, view.size) == wav(audio[8_008:16_024])


@pytest.mark.parametrize("form", COMPUTED)
@pytest.mark.parametrize(
    ("mix", "sides"),
    [
        (Mix.BOTH, [(440,), (880,)]),
        (Mix.SWAP, [(880,), (440,)]),
        (Mix.LEFT, [(440,)]),
        (Mix.RIGHT, [(880,)]),
        (Mix.MONO, [(440, 880)]),
    ],
)
async def test_each_mix_lets_hear_its_channels_in_their_places(
    tmp_path: Path, form: Form, mix: Mix, sides: list[tuple[int, ...]]
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(np.hstack([tone(440, 2), tone(880, 2)])))
    _, _, view = opened(path, Variant(form, mix))
    found = heard(await content(view, 0, view.size))[1000:15_000]
    assert found.shape[1] == len(sides)
    for channel, pitches in enumerate(sides):
        side = found[:, channel]
        others = {440, 880, 1320} - set(pitches)
        for pitch in pitches:
            assert all(level(side, pitch, 8000) > level(side, it, 8000) + 20 for it in others)


@pytest.mark.parametrize(
    ("codec", "mix", "waits"),
    [
        ("pcm_s16le", Mix.BOTH, False),
        ("pcm_s16le", Mix.MONO, True),
        ("pcm_s24le", Mix.BOTH, True),
        ("pcm_alaw", Mix.SWAP, True),
    ],
)
async def test_what_must_be_calculated_does_not_hold_the_loop(
    calls: dict[str, Path], codec: str, mix: Mix, *, waits: bool
) -> None:
    free = threading.Event()
    with ThreadPoolExecutor(1, initializer=free.wait) as pool:
        _, _, view = opened(calls[codec], Variant(Form.WAV, mix), replace(ENGINE, pool=pool))
        reading = asyncio.create_task(view.read(0, 200_000))
        done, _ = await asyncio.wait([reading], timeout=0.05)
        assert (not done) is waits
        free.set()
        assert await reading == whole(calls[codec], Variant(Form.WAV, mix))[:200_000]


async def test_an_original_that_became_shorter_is_never_padded(tmp_path: Path) -> None:
    path = DEMO / "pcm-8k-stereo.wav"
    signal = ENGINE.probe(path)
    torn = Held(path.read_bytes()[:-50_000])
    for form in COMPUTED:
        view = ENGINE.view(torn, signal, variant=Variant(form))
        with pytest.raises(StorageFailed):
            await content(view, 0, view.size)


def test_what_must_be_decoded_or_resampled_is_not_made_in_parts(tmp_path: Path) -> None:
    compressed = ENGINE.probe(DEMO / "mp3-16k-mono.mp3")
    assert not any(ENGINE.computes(compressed, form) for form in Form)
    odd = tmp_path / "a.wav"
    odd.write_bytes(wav(noise(96_000), 96_000))
    assert [ENGINE.computes(ENGINE.probe(odd), form) for form in COMPUTED] == [True, False]
