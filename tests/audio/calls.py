"""Calls to listen to: voices of the demo set, lines with noise, keys that are pressed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.recordings import DEMO
from dictabelt.audio import decode
from dictabelt.audio.analysis import analyse
from dictabelt.audio.g711 import mulaw_table
from dictabelt.audio.limits import Limits
from dictabelt.audio.samples import Block
from dictabelt.core.findings import Findings

RATE = 8000
LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
DEMOS = sorted(it.name for it in DEMO.iterdir() if it.suffix in {".wav", ".mp3", ".ogg", ".opus"})


def demo(name: str) -> tuple[Block, int]:
    """A recording of the demo set, and its sampling rate."""
    with decode.sound(Path(DEMO / name), Limits()) as it:
        return np.concatenate(list(it.blocks)), it.rate


def call() -> Block:
    """Twenty seconds of two people in turns, 8 kHz, each on a channel, with noise of the line."""
    return np.concatenate((demo("pcm-8k-stereo.wav")[0], demo("taxi-pcm-8k-stereo.wav")[0]))


def hiss(seconds: float, decibels: float, *, rate: int = RATE, channels: int = 1) -> Block:
    """White noise of so many dB relative to full scale."""
    rough = np.random.default_rng(7).standard_normal((round(seconds * rate), channels))
    return as_block(rough * 32768 * 10 ** (decibels / 20))


def pause(seconds: float, *, rate: int = RATE, channels: int = 1) -> Block:
    """Digital silence."""
    return np.zeros((round(seconds * rate), channels), np.int16)


def press(key: int, seconds: float, *, rate: int = RATE, decibels: float = -20.0) -> Block:
    """The tones of a key, 0 to 15, together as loud as said."""
    return chord((LOW[key // 4], HIGH[key % 4]), seconds, rate=rate, decibels=decibels)


def chord(
    pitches: Sequence[float], seconds: float, *, rate: int = RATE, decibels: float = -20.0
) -> Block:
    """Sines of one loudness, together as loud as said."""
    time = np.arange(round(seconds * rate)) / rate
    phases = 2 * np.pi * np.outer(time, pitches) + np.asarray(pitches)
    waves: NDArray[np.float64] = np.sin(phases).sum(axis=1, keepdims=True)
    return as_block(waves * 32768 * 10 ** (decibels / 20) * (2 / len(pitches)) ** 0.5)


def on_a_line(audio: Block, decibels: float) -> Block:
    """8 kHz audio with so much noise in every channel."""
    noise = hiss((len(audio) + 1) / RATE, decibels, channels=audio.shape[1])
    return as_block(audio.astype(np.float64) + noise[: len(audio)])


def as_block(values: NDArray[np.float64]) -> Block:
    """Rounded, and cut off at full scale."""
    whole: Block = np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    return whole


def louder(audio: Block, factor: float) -> Block:
    """Amplified, and cut off at full scale."""
    return as_block(audio * np.float64(factor))


def beside(*channels: Block) -> Block:
    """Mono blocks as the channels of one, as long as the shortest."""
    length = min(map(len, channels))
    return np.concatenate([it[:length] for it in channels], axis=1)


def in_mulaw(audio: Block) -> Block:
    """What is left of it after G.711."""
    known = np.unique(mulaw_table()).astype(np.int32)
    edges = (known[1:] + known[:-1]) // 2
    return known[np.searchsorted(edges, audio)].astype(np.int16)


def findings(audio: Block, rate: int = RATE, *, expected: float | None = None) -> Findings:
    """What is found in it."""
    channels = audio.shape[1]
    return analyse([audio], rate, channels=channels, expected_seconds=expected).findings


def cut(audio: Block, places: Sequence[int]) -> Iterator[Block]:
    """The same audio in blocks that end at `places`."""
    yield from np.split(audio, sorted(places))
