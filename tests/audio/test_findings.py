"""Findings: what is wrong is found, and ordinary calls are left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.calls import (
    DEMOS,
    RATE,
    as_block,
    beside,
    call,
    chord,
    cut,
    demo,
    findings,
    hiss,
    in_mulaw,
    louder,
    on_a_line,
    pause,
)
from dictabelt.audio.clipping import FULL_SCALE, Clipping
from dictabelt.audio.samples import Block
from dictabelt.core.findings import Finding

CALL = call()


@pytest.mark.parametrize("name", DEMOS)
def test_ordinary_speech_has_no_findings(name: str) -> None:
    audio, rate = demo(name)
    assert findings(audio, rate).names == ()


@pytest.mark.parametrize("factor", [0.1, 0.5, 2.0, -1.0])
def test_a_soft_or_loud_call_has_no_findings(factor: float) -> None:
    assert findings(louder(CALL, factor)).names == ()
    assert findings(in_mulaw(louder(CALL, factor))).names == ()


def test_a_call_with_both_sides_mixed_has_no_findings() -> None:
    mixed = as_block(CALL.sum(axis=1, keepdims=True, dtype=np.float64))
    assert findings(mixed).names == ()
    assert findings(np.repeat(mixed, 1, axis=1)).alike is None


# One-way audio


@pytest.mark.parametrize("side", [0, 1])
def test_one_side_without_any_sound_is_one_way_audio(side: int) -> None:
    audio = CALL.copy()
    audio[:, side] = 0
    assert findings(audio).names == (Finding.ONE_WAY_AUDIO,)


def test_an_idle_codec_a_click_and_a_crackle_are_nobody() -> None:
    audio = CALL.copy()
    audio[:, 1] = 8
    audio[::2, 1] = -8
    audio[1000:1040, 1] = 9000
    assert Finding.ONE_WAY_AUDIO in findings(audio).names
    audio[8000:8800, 1] = CALL[48000:48800, 1]
    assert Finding.ONE_WAY_AUDIO in findings(audio).names


@pytest.mark.parametrize("decibels", [-58, -50, -40])
def test_a_side_that_only_listens_on_a_line_with_noise_is_not_one_way(decibels: float) -> None:
    audio = beside(CALL[:, :1], hiss(20, decibels))
    assert findings(audio).names == ()


def test_a_side_that_says_one_word_is_not_one_way() -> None:
    audio = CALL.copy()
    word = audio[int(5.5 * RATE) : int(6.5 * RATE), 1].copy()
    audio[:, 1] = 0
    audio[RATE : 2 * RATE, 1] = word
    assert Finding.ONE_WAY_AUDIO not in findings(audio).names


def test_a_soft_talker_is_not_one_way() -> None:
    audio = beside(CALL[:, :1], louder(CALL[:, 1:], 0.05))
    assert Finding.ONE_WAY_AUDIO not in findings(audio).names


def test_noise_or_a_tone_on_one_side_and_nothing_on_the_other_is_not_one_way() -> None:
    for sound in (hiss(20, -55), hiss(20, -30), chord((440,), 20)):
        audio = beside(sound, pause(20))
        assert Finding.ONE_WAY_AUDIO not in findings(audio).names


# Identical channels


@pytest.mark.parametrize("factor", [1.0, 0.4, -1.0])
def test_the_same_on_both_sides_is_found_at_any_scale(factor: float) -> None:
    one = as_block(CALL.sum(axis=1, keepdims=True, dtype=np.float64))
    both = beside(one, louder(one, factor))
    assert findings(both).names == (Finding.IDENTICAL_CHANNELS,)
    assert findings(in_mulaw(both)).names == (Finding.IDENTICAL_CHANNELS,)
    assert findings(both).alike == pytest.approx(1.0, abs=0.02)


def test_an_echo_or_a_leak_into_the_other_side_is_not_identical() -> None:
    late = np.roll(CALL, 400, axis=0)
    leaking = as_block(CALL + 0.3 * CALL[:, ::-1])
    assert findings(as_block(CALL + 0.5 * late[:, ::-1])).names == ()
    assert findings(leaking).names == ()
    assert (findings(leaking).alike or 0) > 0.5


def test_all_of_the_call_beside_one_side_of_it_is_not_identical() -> None:
    mixed = as_block(CALL.sum(axis=1, keepdims=True, dtype=np.float64))
    assert findings(beside(mixed, CALL[:, :1])).names == ()
    softer = as_block(CALL[:, :1] + 0.1 * CALL[:, 1:])
    assert Finding.IDENTICAL_CHANNELS not in findings(beside(softer, CALL[:, :1])).names


# Silence


@pytest.mark.parametrize("noise", [-90, -60, -50])
def test_dead_air_is_found_where_it_is(noise: float) -> None:
    gap = pause(11, channels=2)
    it = findings(on_a_line(np.concatenate((CALL, gap, CALL)), noise))
    assert it.names == (Finding.DEAD_AIR,)
    assert it.longest_silence == pytest.approx(11, abs=1.0)
    assert it.longest_silence_at == pytest.approx(20, abs=0.7)


def test_a_click_does_not_end_dead_air() -> None:
    gap = pause(12, channels=2)
    gap[6 * RATE : 6 * RATE + 80] = 12000
    assert Finding.DEAD_AIR in findings(np.concatenate((CALL, gap))).names


def test_a_pause_is_not_dead_air_nor_is_one_who_talks_on() -> None:
    assert findings(np.concatenate((CALL, pause(9, channels=2), CALL))).names == ()
    alone = beside(CALL[:, :1], hiss(20, -50))
    assert findings(alone).longest_silence < 6


def test_music_on_hold_and_loud_noise_are_not_dead_air() -> None:
    for sound in (chord((220, 277, 330), 12), hiss(12, -30)):
        assert findings(np.concatenate((CALL[:, :1], sound))).names == ()


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_nothing_to_hear_is_silent_and_nothing_else(channels: int) -> None:
    for audio in (pause(30, channels=channels), hiss(30, -70, channels=channels)):
        it = findings(audio)
        assert it.names == (Finding.SILENT,)
        assert it.nobody == 1.0
        assert it.talk == (0.0,) * channels
        assert it.longest_silence == pytest.approx(30)


def test_the_end_that_fills_no_frame_counts() -> None:
    assert findings(pause(5.015)).longest_silence == pytest.approx(5.02)


def test_noise_of_a_line_is_not_silent_but_dead_air() -> None:
    assert findings(hiss(30, -50)).names == (Finding.DEAD_AIR,)


def test_an_offset_of_the_line_is_no_sound() -> None:
    assert findings(pause(5) + np.int16(3000)).names == (Finding.SILENT,)


def test_no_audio_at_all_is_silent() -> None:
    it = findings(pause(0))
    assert it.names == (Finding.SILENT,)
    assert (it.nobody, it.longest_silence, it.clipped) == (1.0, 0.0, (0.0,))


# Clipping


def test_speech_that_was_cut_off_is_clipped() -> None:
    it = findings(louder(CALL, 20))
    assert it.names == (Finding.CLIPPING,)
    assert all(share > 0.01 for share in it.clipped)
    assert findings(in_mulaw(louder(CALL, 20))).names == (Finding.CLIPPING,)


def test_only_the_side_that_is_clipped_counts() -> None:
    it = findings(beside(louder(CALL[:, :1], 20), CALL[:, 1:]))
    assert Finding.CLIPPING in it.names
    assert it.clipped[1] == 0


def test_full_scale_without_flat_tops_is_not_clipped() -> None:
    assert findings(chord((440,), 5, decibels=-3.02)).clipped[0] < 0.001
    peak = float(np.abs(CALL.astype(np.float64)).max())
    assert findings(louder(CALL, 32767 / peak)).names == ()


def test_a_shout_in_a_long_call_is_measured_and_no_finding() -> None:
    audio = np.concatenate([CALL] * 10)
    audio[50_000:50_030] = 32767
    it = findings(audio)
    assert it.clipped == (30 / len(audio),) * 2
    assert it.names == ()


def flat_tops(audio: Block) -> int:
    """Samples in three or more equal ones at full scale, counted one by one."""
    total = run = 0
    for before, sample in zip([0, *audio.tolist()], [*audio.tolist(), 0], strict=True):
        high = abs(sample) >= FULL_SCALE
        run = (run + 1 if sample == before else 1) if high else 0
        total += {0: 0, 1: 0, 2: 0, 3: 3}.get(run, 1)
    return total


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_flat_top_over_many_blocks_is_one(size: int) -> None:
    audio = np.repeat(np.array([0, 32767, 0, -32768, 32767, 5], np.int16), [5, 12, 3, 9, 2, 9])
    counter = Clipping(1)
    for block in cut(audio.reshape(-1, 1), range(size, len(audio), size)):
        counter.feed(block)
    assert counter.shares[0] == pytest.approx((12 + 9) / len(audio))


@given(
    st.lists(st.sampled_from([0, 32124, 32767, -32768, 32123]), min_size=1, max_size=60),
    st.lists(st.integers(0, 60), max_size=20),
)
def test_flat_tops_are_counted_whatever_the_blocks(samples: list[int], places: list[int]) -> None:
    audio = np.array(samples, np.int16)
    counter = Clipping(1)
    for block in cut(audio.reshape(-1, 1), places):
        counter.feed(block)
    assert counter.shares[0] == pytest.approx(flat_tops(audio) / len(audio))


# Speed


def test_a_wrong_rate_is_seen_in_the_length() -> None:
    it = findings(np.concatenate((CALL, CALL)), expected=len(CALL) / RATE)
    assert it.names == (Finding.WRONG_SPEED,)
    assert it.speed == pytest.approx(2)


@pytest.mark.parametrize("expected", [None, 0.0, -1.0, 20.1, 40.0])
def test_a_call_that_lasted_as_expected_or_longer_is_no_finding(expected: float | None) -> None:
    it = findings(CALL, expected=expected)
    assert it.names == ()
    assert (it.speed is None) == (not expected or expected < 0)


# Talk


def test_shares_of_talk_are_those_of_the_call() -> None:
    """The first speaks in 0-6 and 12-16, the second in 4-12, nobody in 16-20."""
    first, second = hiss(20, -30), hiss(20, -34)
    for sound, spans in ((first, [(6, 12), (16, 20)]), (second, [(0, 4), (12, 20)])):
        for start, end in spans:
            sound[start * RATE : end * RATE] = hiss(end - start, -56)
    it = findings(beside(first, second))
    assert it.talk == pytest.approx((0.5, 0.4), abs=0.01)
    assert (it.together, it.nobody) == pytest.approx((0.1, 0.2), abs=0.01)
    assert (it.longest_silence, it.longest_silence_at) == pytest.approx((4, 16), abs=0.05)


@pytest.mark.parametrize("noise", [-60, -50, -42])
def test_noise_of_the_line_is_not_taken_for_talk(noise: float) -> None:
    quiet, noisy = findings(CALL), findings(on_a_line(CALL, noise))
    assert noisy.talk == pytest.approx(quiet.talk, abs=0.12)
    assert noisy.nobody == pytest.approx(quiet.nobody, abs=0.2)


def test_shares_of_one_channel_add_up() -> None:
    it = findings(CALL[:, :1])
    assert it.talk[0] + it.nobody == pytest.approx(1)
    assert it.together == 0
