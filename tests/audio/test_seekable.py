"""Any range of an MP3 is the same bytes as in the whole, whatever the sound."""

import ctypes.util
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import av
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray

from audio.recordings import DEMO, heard, noise
from dictabelt.audio import lame
from dictabelt.audio.lame import Lame, LameRefused
from dictabelt.audio.mp3 import KBPS, WARM_UP, Plan, legal, plan
from dictabelt.audio.samples import Block, silence
from dictabelt.audio.seekable import STRETCH, encode, encode_span, span, spans

RATES = sorted(KBPS)
POOL = ThreadPoolExecutor(2)
SYSTEMS = ctypes.util.find_library("mp3lame")
LIBRARIES = [[], [SYSTEMS]] if SYSTEMS else [[]]
Sound = NDArray[np.float64]


def loaded(places: list[str]) -> Lame:
    return lame.load(places or None)


def part(library: Lame, it: Plan, audio: Block, where: slice) -> bytes:
    """The range, from the samples it asks for and no others."""
    wanted = span(it, start=where.start, end=where.stop)
    samples = audio[wanted.first : wanted.first + wanted.count]
    return encode_span(library, it, span=wanted, samples=samples)


def whole(library: Lame, it: Plan, audio: Block) -> bytes:
    return b"".join(encode(library, it, blocks=np.array_split(audio, 7), pool=POOL))


def envelope(random: Generator, samples: int, levels: list[float]) -> Sound:
    """Stretches of random length at those levels."""
    steps = random.choice(levels, samples // 900 + 1)
    levelled: Sound = np.repeat(steps, 900)[:samples]
    return levelled


def white(random: Generator, samples: int) -> Sound:
    return random.uniform(-32768, 32767, samples)


def tones(random: Generator, samples: int) -> Sound:
    time = np.arange(samples)
    sines = [np.sin(time * pitch) for pitch in random.uniform(0.01, 3, 6)]
    sound: Sound = np.sum(sines, axis=0) * random.choice([1, 300, 5000])
    return sound


def square(random: Generator, samples: int) -> Sound:
    sound: Sound = np.sign(np.sin(np.arange(samples) * random.uniform(0.01, 1)))
    return sound * 32767


def clicks(random: Generator, samples: int) -> Sound:
    return white(random, samples) * (random.random(samples) < 0.002)


def transients(random: Generator, samples: int) -> Sound:
    period = int(random.choice([500, 576, 700, 1152, 1300]))
    return white(random, samples) * np.where(np.arange(samples) % period < 40, 0.9, 0.001)


def gated(random: Generator, samples: int) -> Sound:
    """Digital silence between bursts, where LAME's memory has no end."""
    return white(random, samples) * envelope(random, samples, [0, 0, 0, 0, 1e-4, 0.01, 1])


def loud_then_quiet(random: Generator, samples: int) -> Sound:
    level = random.choice([1, 3, 80]) / 32768
    return white(random, samples) * np.where(np.arange(samples) < samples // 4, 1, level)


def speech(random: Generator, samples: int) -> Sound:
    """Voiced syllables of eight harmonics and pauses with a little noise."""
    phase = np.cumsum(0.08 + 0.04 * np.sin(np.arange(samples) / random.uniform(900, 9000)))
    voice = np.sum([np.sin(phase * harmonic) / harmonic for harmonic in range(1, 9)], axis=0)
    said: Sound = 5000 * voice * envelope(random, samples, [0, 0, 0.2, 1])
    return said + random.normal(0, 5, samples)


def nothing(random: Generator, samples: int) -> Sound:
    return np.zeros(samples)


KINDS = [white, tones, square, clicks, transients, gated, loud_then_quiet, speech, nothing]


@dataclass(frozen=True)
class Recipe:
    """A sound, its channels of different kinds, and the ranges to ask for, as fractions."""

    rate: int
    kinds: list[Callable[[Generator, int], Sound]]
    kbps: int
    frames: float
    seed: int

    @property
    def plan(self) -> Plan:
        frame = 1152 if self.rate >= 32_000 else 576
        samples = round(self.frames * frame)
        return replace(plan(self.rate, len(self.kinds), samples=samples), kbps=self.kbps)

    def audio(self) -> Block:
        random = np.random.default_rng(self.seed)
        channels = [kind(random, self.plan.samples) for kind in self.kinds]
        return np.clip(np.rint(np.stack(channels, 1)), -32768, 32767).astype(np.int16)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    rate = draw(st.sampled_from(RATES))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=2))
    usual = KBPS[rate][len(kinds) - 1]
    kbps = draw(st.one_of(st.just(usual), st.sampled_from(legal(rate))))
    frames = draw(st.floats(1 / 576, STRETCH * 2.5))
    return Recipe(rate, kinds, kbps, frames, draw(st.integers(0, 2**32)))


def ranges(size: int, fractions: list[tuple[float, float]], stretch: int) -> Iterator[slice]:
    """First byte, last byte, nothing, across the change of encoders, and any."""
    yield from (slice(0, 1), slice(size - 1, size), slice(size // 2, size // 2), slice(0, size))
    if size > stretch:
        yield from (slice(stretch - 1, stretch), slice(stretch - 1, stretch + 1))
    for one, other in fractions:
        start, end = sorted((round(one * size), round(other * size)))
        yield slice(start, end)
        yield slice(start, min(start + 1, size))


def agrees(library: Lame, recipe: Recipe, fractions: list[tuple[float, float]]) -> None:
    it, audio = recipe.plan, recipe.audio()
    data = whole(library, it, audio)
    assert len(data) == it.size
    for where in ranges(it.size, fractions, it.offset(STRETCH)):
        assert part(library, it, audio, where) == data[where], where


WHERE = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=4)
FIRST = Recipe(8000, [gated], 8, 400, 0)


@pytest.mark.parametrize("places", LIBRARIES)
@settings(max_examples=12, deadline=None)
@example(FIRST, [(0.1, 0.7)])
@given(recipes(), WHERE)
def test_any_range_is_the_same_bytes_as_in_the_whole(
    places: list[str], recipe: Recipe, fractions: list[tuple[float, float]]
) -> None:
    agrees(loaded(places), recipe, fractions)


@pytest.mark.slow
@pytest.mark.parametrize("places", LIBRARIES)
@settings(max_examples=2000, deadline=None)
@given(recipes(), WHERE)
def test_thousands_of_ranges_are_the_same_bytes_as_in_the_whole(
    places: list[str], recipe: Recipe, fractions: list[tuple[float, float]]
) -> None:
    agrees(loaded(places), recipe, fractions)


@pytest.mark.parametrize("name", ["pcm-8k-stereo.wav", "pcm-16k-mono.wav", "mulaw-8k-mono.wav"])
def test_any_range_of_a_demo_call_is_the_same_bytes(name: str) -> None:
    audio = heard((DEMO / name).read_bytes())
    with av.open(str(DEMO / name)) as container:
        rate = container.streams.audio[0].rate
    it = plan(rate, audio.shape[1], samples=len(audio))
    data = whole(lame.load(), it, audio)
    for start in range(0, it.size, it.size // 9):
        where = slice(start, min(it.size, start + 20_011))
        assert part(lame.load(), it, audio, where) == data[where]


def test_parts_made_side_by_side_make_the_whole() -> None:
    audio = noise(8000 * 60, 2)
    it = plan(8000, 2, samples=len(audio))
    library = lame.load()
    parts = [slice(each.start, each.end) for each in spans(it, start=0, end=it.size)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(partial(part, library, it, audio), parts))
    assert len(made) == -(it.frames // -STRETCH)
    assert b"".join(made) == whole(library, it, audio)


@given(st.sampled_from(RATES), st.integers(1, 2), st.integers(0, 10**8), st.data())
def test_a_span_asks_for_samples_that_exist_and_few_of_them(
    rate: int, channels: int, samples: int, data: st.DataObject
) -> None:
    it = plan(rate, channels, samples=samples)
    start = data.draw(st.integers(0, it.size))
    end = data.draw(st.integers(start, it.size))
    found = span(it, start=start, end=end)
    assert 0 <= found.first <= found.first + found.count <= samples
    wanted = (end - start) * 8 * rate // (it.kbps * 1000)
    assert found.count <= wanted + (STRETCH + WARM_UP + 3) * it.frame


@given(st.sampled_from(RATES), st.integers(0, 10**7), st.data())
def test_cut_where_encoders_change_spans_follow_one_another(
    rate: int, samples: int, data: st.DataObject
) -> None:
    it = plan(rate, 1, samples=samples)
    start = data.draw(st.integers(0, it.size))
    end = data.draw(st.integers(start, it.size))
    found = list(spans(it, start=start, end=end))
    bounds = [start, *(each.end for each in found)]
    assert [each.start for each in found] == bounds[:-1]
    assert bounds[-1] == end
    assert all(bound % it.offset(STRETCH) == 0 for bound in bounds[1:-1])


@pytest.mark.parametrize("rate", RATES)
def test_nothing_is_heard_where_encoders_change(rate: int) -> None:
    frame = 1152 if rate >= 32_000 else 576
    audio = noise((STRETCH + 30) * frame)
    it = plan(rate, 1, samples=len(audio))
    found = heard(whole(lame.load(), it, audio))[it.onset :]
    for start in range((STRETCH - 3) * frame, (STRETCH + 3) * frame, 288):
        piece = slice(start, start + 576)
        assert np.corrcoef(audio[piece].ravel(), found[piece].ravel())[0, 1] > 0.97, start


def test_almost_all_frames_are_those_of_one_encoder_that_never_stops() -> None:
    audio = Recipe(8000, [speech], 32, STRETCH * 3, 1).audio()
    it = plan(8000, 1, samples=len(audio))
    data = whole(lame.load(), it, audio)
    with lame.load().stream(rate=8000, channels=1, kbps=32) as stream:
        at_once = stream.feed(np.concatenate([silence(it.lead, 1), audio, silence(8000, 1)]))
    pairs = zip(frames(data, it), frames(at_once[it.start :], it), strict=True)
    assert sum(one != other for one, other in pairs) <= 2


def frames(data: bytes, it: Plan) -> list[bytes]:
    return [data[it.offset(n) : it.offset(n + 1)] for n in range(it.frames)]


def test_ranges_beyond_the_end_are_refused() -> None:
    it = plan(8000, 1, samples=8000)
    for start, end in ((-1, 2), (3, 2), (0, it.size + 1)):
        with pytest.raises(ValueError, match=f"of {it.size}"):
            span(it, start=start, end=end)


@pytest.mark.parametrize("shape", [(10, 1), (6000, 2)])
def test_other_samples_than_were_asked_for_are_refused(shape: tuple[int, int]) -> None:
    it = plan(8000, 1, samples=8000)
    with pytest.raises(ValueError, match="channels"):
        encode_span(lame.load(), it, span=span(it, start=0, end=9), samples=silence(*shape))


def test_sound_that_stops_short_is_noticed() -> None:
    it = plan(8000, 1, samples=8000)
    with pytest.raises(LameRefused, match="1000 samples too few"):
        list(encode(lame.load(), it, blocks=[silence(7000, 1)], pool=POOL))


def test_blocks_are_read_to_their_end() -> None:
    it = plan(8000, 1, samples=8000)
    blocks = iter([silence(8000, 1), silence(0, 1)])
    assert len(b"".join(encode(lame.load(), it, blocks=blocks, pool=POOL))) == it.size
    assert next(blocks, None) is None


def stretches(count: int) -> tuple[Plan, Iterator[Block]]:
    """Sound of so many stretches, a block each."""
    it = plan(8000, 1, samples=count * STRETCH * 576)
    return it, iter([silence(STRETCH * 576, 1)] * count)


def test_more_than_one_core_encodes() -> None:
    met: list[int] = []
    meeting = threading.Barrier(2, timeout=30)
    it, blocks = stretches(4)
    # A thread comes up when a piece waits for one, and here only together with another.
    with ThreadPoolExecutor(2, initializer=lambda: met.append(meeting.wait())) as pool:
        made = b"".join(encode(lame.load(), it, blocks=blocks, pool=pool))
    assert sorted(met) == [0, 1]
    assert made == b"".join(
        encode_span(lame.load(), it, span=one, samples=silence(one.count, 1))
        for one in spans(it, start=0, end=it.size)
    )


def test_little_is_read_ahead_and_nothing_goes_on_when_nobody_wants_more() -> None:
    cores = os.cpu_count() or 1
    it, blocks = stretches(4 * cores + 8)
    with ThreadPoolExecutor(cores) as pool:
        pieces = encode(lame.load(), it, blocks=blocks, pool=pool)
        assert len(next(pieces)) == it.offset(STRETCH)
        pieces.close()
        assert len(list(blocks)) >= 2 * cores
