"""Keys of a telephone are heard, nothing else is taken for one, and which they were is lost."""

import numpy as np
import pytest

from audio.calls import (
    DEMOS,
    RATE,
    as_block,
    beside,
    call,
    chord,
    demo,
    findings,
    hiss,
    in_mulaw,
    pause,
    press,
)
from dictabelt.audio.presses import MOST_MARKS
from dictabelt.audio.samples import Block
from dictabelt.core.findings import Finding

KEYS = range(16)


def keyed(*keys: int, rate: int = RATE, seconds: float = 0.1, decibels: float = -20) -> Block:
    """Keys pressed as long as the pauses before and after each."""
    rest = pause(seconds, rate=rate)
    presses = [press(it, seconds, rate=rate, decibels=decibels) for it in keys]
    return np.concatenate([rest, *(part for it in presses for part in (it, rest))])


def noisy(audio: Block, decibels: float, rate: int) -> Block:
    noise = hiss(len(audio) / rate, decibels, rate=rate)
    return as_block(audio.astype(np.float64) + noise)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("key", KEYS)
def test_each_key_is_heard_soft_and_through_noise(key: int, rate: int) -> None:
    audio = keyed(key, rate=rate, decibels=-30)
    for sound in (audio, noisy(audio, -42, rate), in_mulaw(audio)):
        it = findings(sound, rate)
        assert Finding.DTMF in it.names
        assert it.tones == 1


@pytest.mark.parametrize("onset", range(0, 80, 8))
@pytest.mark.parametrize("rate", [8000, 44100])
def test_40_ms_are_enough_wherever_they_begin(rate: int, onset: int) -> None:
    lead = np.zeros((onset * rate // 8000, 1), np.int16)
    audio = np.concatenate((lead, keyed(*KEYS, rate=rate, seconds=0.04)))
    assert findings(audio, rate).tones == 16


@pytest.mark.parametrize("off", [0.99, 1.01])
def test_one_percent_beside_the_frequency_is_heard(off: float) -> None:
    for low in (697, 770, 852, 941):
        for high in (1209, 1336, 1477, 1633):
            audio = np.concatenate((pause(0.1), chord((low * off, high * off), 0.04), pause(0.1)))
            assert findings(audio).tones == 1


def test_times_and_channel_of_each_press_are_kept() -> None:
    audio = beside(pause(1.1), keyed(1, 2, 2, 3, 15))
    marks = findings(audio).tone_marks
    assert [it.channel for it in marks] == [1] * 5
    assert [it.at for it in marks] == pytest.approx([100, 300, 500, 700, 900], abs=15)
    assert [it.length for it in marks] == pytest.approx([100] * 5, abs=20)


def test_presses_on_both_channels_are_told_in_order() -> None:
    audio = beside(np.concatenate((keyed(4), keyed(5))), np.concatenate((pause(0.15), keyed(5, 6))))
    it = findings(audio)
    assert it.tones == len(it.tone_marks) == 4
    assert [mark.at for mark in it.tone_marks] == sorted(mark.at for mark in it.tone_marks)


def test_which_keys_they_were_makes_no_difference() -> None:
    assert findings(keyed(*KEYS)) == findings(keyed(*KEYS[::-1]))


def test_a_key_held_down_is_one_press_also_with_a_dropout() -> None:
    held = np.concatenate((pause(0.1), press(5, 2.0), pause(0.1)))
    it = findings(held)
    assert it.tones == 1
    assert it.tone_marks[0].length == pytest.approx(2000, abs=20)
    held[8000:8100] = 0
    assert findings(held).tones == 1


def test_the_same_key_again_after_40_ms_is_another_press() -> None:
    assert findings(keyed(6, 6, 6, seconds=0.04)).tones == 3


def test_keys_without_a_pause_between_are_two() -> None:
    audio = np.concatenate((pause(0.1), press(0, 0.1), press(5, 0.1), pause(0.1)))
    assert findings(audio).tones == 2


def test_all_presses_are_counted_and_the_first_kept() -> None:
    audio = np.concatenate([keyed(*KEYS, seconds=0.05)] * 70)
    it = findings(audio)
    assert (it.tones, len(it.tone_marks)) == (16 * 70, MOST_MARKS)


def test_a_press_is_heard_between_words() -> None:
    speech = call()[:, :1]
    audio = np.concatenate((speech, keyed(7, 8), speech))
    assert findings(audio).tones == 2


@pytest.mark.parametrize("name", DEMOS)
def test_speech_is_not_taken_for_keys_high_or_low(name: str) -> None:
    audio, rate = demo(name)
    for pitch in (0.8, 0.9, 1.1, 1.25):
        assert findings(audio, round(rate * pitch)).tones == 0


@pytest.mark.parametrize(
    "pitches",
    [
        (440,),
        (880,),
        (440, 880),
        (350, 440),  # dial tone
        (440, 480),  # ringing
        (480, 620),  # busy
        (425,),  # the same in Europe
        (950, 1400, 1800),  # not in service
        (1100,),  # fax
        (2100,),
        (697,),
        (1209,),
        (697, 770),
        (697, 1209, 1477),  # two keys at once
        (697 * 1.04, 1209 * 1.04),
        (697 * 0.96, 1209 * 0.96),
    ],
)
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_other_tones_are_not_taken_for_keys(pitches: tuple[float, ...], rate: int) -> None:
    assert findings(chord(pitches, 1.0, rate=rate), rate).tones == 0


@pytest.mark.parametrize("rate", [8000, 44100])
def test_music_and_noise_are_not_taken_for_keys(rate: int) -> None:
    chance = np.random.default_rng(3)
    notes = 220 * 2 ** (chance.integers(0, 30, size=(50, 3)) / 12)
    for harmonics in (1, 4):
        played = [
            chord([pitch * it for pitch in three for it in range(1, harmonics + 1)], 0.2, rate=rate)
            for three in notes
        ]
        assert findings(np.concatenate(played), rate).tones == 0
    assert findings(hiss(10, -20, rate=rate), rate).tones == 0


@pytest.mark.parametrize(
    "others",
    [
        ((1540, -9),),  # harmonics, which a voice has
        ((2672, -9),),
        ((852, -6),),  # another of the low ones, or of the high
        ((1477, -6),),
        ((300, -4), (2000, -4), (3000, -4)),  # sound all over the band
    ],
)
def test_the_tones_of_a_key_with_others_are_no_key(others: tuple[tuple[float, float], ...]) -> None:
    sound = press(5, 0.5).astype(np.float64)
    for pitch, decibels in others:
        sound = sound + chord((pitch,), 0.5, decibels=-23 + decibels)
    assert findings(np.concatenate((pause(0.1), as_block(sound), pause(0.1)))).tones == 0


def test_too_short_too_soft_and_lopsided_tones_are_no_keys() -> None:
    for tones in (
        press(5, 0.02),
        press(5, 0.1, decibels=-50),
        as_block(chord((770,), 0.1, decibels=-20) + chord((1336,), 0.1, decibels=-35) * 1.0),
    ):
        assert findings(np.concatenate((pause(0.1), tones, pause(0.1)))).tones == 0
