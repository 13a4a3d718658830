"""The short form of the fuzzing of the WAV reader: made, mutated and real files."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.recordings import DEMO, chunk, format_chunk, riff
from fuzz.wave_invariants import hold
from fuzz.waves import UNKNOWN, extensible, loose, waves

SIZES = st.sampled_from([0, 1, 7, 15, 16, 18, 40, 300, UNKNOWN - 1, UNKNOWN])
FORMS = st.sampled_from([b"RIFF", b"RF64", b"BW64"])
SEEDS = tuple(waves())
REAL = sorted(DEMO.rglob("*.wav"))
HEAD = 4096
"""Bytes of a real file that are enough to be damaged."""


def formats() -> st.SearchStrategy[bytes]:
    """A format chunk of any coding, true or nearly."""
    tags, bits = st.sampled_from([1, 2, 3, 6, 7]), st.sampled_from([0, 8, 12, 16, 20, 24, 32, 64])
    channels = st.integers(0, 9)
    return st.one_of(
        st.builds(format_chunk, tag=tags, bits=bits, channels=channels),
        st.builds(extensible, tags, bits=bits, valid=bits, channels=channels),
        st.builds(loose, bits=bits, align=st.integers(0, 40), channels=channels),
        st.builds(chunk, st.just(b"fmt "), st.binary(max_size=48)),
    )


def lying_chunks() -> st.SearchStrategy[bytes]:
    """A chunk whose size has nothing to do with what follows."""
    names = st.sampled_from([b"data", b"data", b"ds64", b"LIST", b"junk", b"\0\0\0\0"])
    sizes = SIZES.map(lambda it: struct.pack("<I", it))
    return st.builds(b"".join, st.tuples(names, sizes, st.binary(max_size=48)))


def mutants(whole: bytes, *, at: int, damage: bytes, cut: int) -> list[bytes]:
    """`whole` with bytes written over, put in, taken out, and torn."""
    before, after = whole[:at], whole[at:]
    return [
        before + damage + after[len(damage) :],
        before + damage + after,
        before + after[len(damage) :],
        whole[: max(12, len(whole) - cut)],
    ]


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_what_holds_of_known_files(number: int) -> None:
    hold(SEEDS[number])


@settings(max_examples=300)
@given(form=FORMS, chunks=st.lists(formats() | lying_chunks(), max_size=8), size=SIZES | st.none())
def test_what_holds_of_chunks_of_any_size(
    form: bytes, chunks: list[bytes], size: int | None
) -> None:
    hold(riff(*chunks, size=size, form=form))


@settings(max_examples=100)
@given(form=FORMS, rest=st.binary(max_size=300))
def test_what_holds_of_arbitrary_bytes(form: bytes, rest: bytes) -> None:
    hold(form + rest[:4].ljust(4, b"\0") + b"WAVE" + rest[4:])


@settings(max_examples=200)
@given(
    whole=st.sampled_from(SEEDS),
    at=st.integers(0, 120),
    damage=st.binary(min_size=1, max_size=8),
    cut=st.integers(0, 200),
)
def test_what_holds_of_damaged_files(whole: bytes, at: int, damage: bytes, cut: int) -> None:
    for mutant in mutants(whole, at=at, damage=damage, cut=cut):
        hold(mutant)


@settings(max_examples=100)
@given(
    path=st.sampled_from(REAL),
    at=st.integers(0, 100),
    damage=st.binary(min_size=1, max_size=8),
    cut=st.integers(0, HEAD),
)
def test_what_holds_of_real_recordings_with_a_damaged_head(
    path: Path, at: int, damage: bytes, cut: int
) -> None:
    for mutant in mutants(path.read_bytes()[:HEAD], at=at, damage=damage, cut=cut):
        hold(mutant)


def test_real_recordings_are_faithful_but_for_the_one_that_died() -> None:
    faithful = {path.name: layout.faithful for path in REAL if (layout := hold(path.read_bytes()))}
    assert [name for name, it in faithful.items() if not it] == ["header-lies.wav"]
    assert len(faithful) == len(REAL) > 1
