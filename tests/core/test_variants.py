"""Which bytes a variant is, decided without looking at them."""

from dataclasses import replace
from typing import Any

import pytest

from dictabelt.core.errors import Invalid, NotFound, NotReady
from dictabelt.core.media import Form, MediaState, Mix, Variant
from dictabelt.core.variants import as_stored, refuse_unplayable, serves_as, simplest, wav_size
from samples import media as media_sample
from samples import signal as signal_sample


def test_media_without_bytes_or_sound_says_why_it_cannot_be_played() -> None:
    pending = media_sample(state=MediaState.PENDING, blob=None, size=None, sha256=None)
    with pytest.raises(NotReady, match="not been uploaded"):
        refuse_unplayable(pending)
    with pytest.raises(NotReady, match="not been uploaded"):
        as_stored(pending)
    with pytest.raises(NotReady, match="no audio"):
        refuse_unplayable(media_sample(state=MediaState.UNREADABLE, fault="no audio: 3 packets"))
    refuse_unplayable(media_sample())


@pytest.mark.parametrize(
    ("changes", "form", "right"),
    [
        ({}, Form.WAV, True),
        ({}, Form.MP3, False),
        ({"faithful": False}, Form.WAV, False),
        ({"codec": "pcm_mulaw"}, Form.WAV, False),
        ({"container": "mp3", "codec": "mp3"}, Form.MP3, True),
        ({"container": "mp3", "codec": "mp3"}, Form.WAV, False),
        ({"container": "mp3", "codec": "mp3", "faithful": False}, Form.MP3, False),
    ],
)
def test_an_original_serves_as_itself_only_where_its_header_is_true(
    changes: dict[str, Any], form: Form, right: bool
) -> None:
    pcm = replace(signal_sample(), container="wav", codec="pcm_s16le", faithful=True)
    assert serves_as(replace(pcm, **changes), Variant(form)) is right


def test_the_size_of_a_wav_is_known_before_it_is_made() -> None:
    pcm = replace(signal_sample(), container="wav", codec="pcm_mulaw", channels=2, samples=8_000)
    assert wav_size(media_sample(signal=pcm)) == 44 + 2 * 2 * 8_000
    native = replace(pcm, codec="pcm_s16le", faithful=True)
    assert wav_size(media_sample(signal=native, size=999)) == 999
    assert wav_size(media_sample(signal=None)) is None
    assert wav_size(None) is None


SECOND = replace(signal_sample(), sample_rate=8_000, channels=2, samples=8_000)


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        (Variant(Form.WAV, end_ms=1_000), Variant(Form.WAV)),
        (Variant(Form.MP3, end_ms=5_000), Variant(Form.MP3)),
        (Variant(Form.WAV, start_ms=1), Variant(Form.WAV, start_ms=1)),
        (Variant(Form.MP3, Mix.MONO), Variant(Form.MP3, Mix.MONO)),
    ],
)
def test_one_way_of_asking_is_one_variant(asked: Variant, same: Variant) -> None:
    assert simplest(SECOND, asked) == same


def test_the_mono_mix_of_mono_is_the_recording() -> None:
    mono = replace(SECOND, channels=1)
    assert simplest(mono, Variant(Form.MP3, Mix.MONO)) == Variant(Form.MP3)
    for mix in (Mix.LEFT, Mix.RIGHT, Mix.SWAP):
        with pytest.raises(NotFound, match="1 channel"):
            simplest(mono, Variant(Form.MP3, mix))


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Variant(Form.FLAC, start_ms=1), "wav or mp3"),
        (Variant(Form.WAV, start_ms=1_000), "1000 ms long"),
        (Variant(Form.WAV, start_ms=9, end_ms=9), "end after it begins"),
        (Variant(Form.ORIGINAL, Mix.LEFT), "ask for wav or mp3"),
    ],
)
def test_what_cannot_be_had_is_refused_before_anything_is_done(asked: Variant, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        simplest(SECOND, asked)


def test_parts_of_what_mp3_must_resample_are_had_as_wav() -> None:
    odd = replace(SECOND, sample_rate=10_000)
    with pytest.raises(Invalid, match=r"no 10000 Hz.*wav"):
        simplest(odd, Variant(Form.MP3, start_ms=1))
    assert simplest(odd, Variant(Form.WAV, start_ms=1)).start_ms == 1


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("mix", Mix)
def test_no_two_variants_have_one_name(form: Form, mix: Mix) -> None:
    spans = [(0, None), (0, 1), (1, None), (1, 10), (11, 0), (110, None)]
    them = [Variant(form, mix, start, end) for start, end in spans]
    others = [Variant(one, two) for one in Form for two in Mix]
    names = [it.name for it in {*them, *others}]
    assert len(set(names)) == len(names)
