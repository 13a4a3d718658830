"""Subtitles of a Bird transcription: times, order, and text that must not break out of its cue."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from dictabelt.core.ids import TranscriptionId
from dictabelt.core.transcript import Segment, Transcription, TranscriptState
from dictabelt.dialects.bird.subtitles import srt, vtt

SAID = Transcription(
    id=TranscriptionId(samples.CHANNEL),
    account=samples.ACCOUNT,
    recording=samples.RECORDING,
    state=TranscriptState.AVAILABLE,
    locale="en-GB",
    created_at=samples.CREATED,
    updated_at=samples.CREATED,
    text="Harbour Clinic. Good morning.",
    duration_ms=3_000,
)
_SRT_CUE = re.compile(
    r"(\d+)\n(\d\d+):(\d\d):(\d\d),(\d{3}) --> (\d\d+):(\d\d):(\d\d),(\d{3})\n(.+)\n"
)
_VTT_CUE = re.compile(r"(\d\d+):(\d\d):(\d\d)\.(\d{3}) --> (\d\d+):(\d\d):(\d\d)\.(\d{3})\n(.+)\n")

segments = st.builds(
    lambda start, length, text, speaker: Segment(start, start + length, text, speaker=speaker),
    start=st.integers(0, 10**9),
    length=st.integers(0, 10**7),
    text=st.text(max_size=30) | st.sampled_from(["-->", "a\n\n2\n00:00:00,000 --> x", "<v x>&"]),
    speaker=st.none() | st.text(max_size=8),
)


def said(*segments: Segment) -> Transcription:
    return replace(SAID, segments=segments)


def test_both_formats_of_one_conversation() -> None:
    it = said(
        Segment(400, 1_900, "Harbour Clinic.", channel=2, speaker="Clinic"),
        Segment(2_100, 3_000, "Good morning."),
    )
    assert srt(it) == (
        "1\n00:00:00,400 --> 00:00:01,900\nClinic: Harbour Clinic.\n\n"
        "2\n00:00:02,100 --> 00:00:03,000\nGood morning.\n"
    )
    assert vtt(it) == (
        "WEBVTT\n\n"
        "00:00:00.400 --> 00:00:01.900\n<v Clinic>Harbour Clinic.\n\n"
        "00:00:02.100 --> 00:00:03.000\nGood morning.\n"
    )


@pytest.mark.parametrize(
    ("milliseconds", "time"),
    [
        (0, "00:00:00,000"),
        (59_999, "00:00:59,999"),
        (60_000, "00:01:00,000"),
        (3_599_999, "00:59:59,999"),
        (3_600_000, "01:00:00,000"),
        (36_000_001, "10:00:00,001"),
        (360_000_000, "100:00:00,000"),
    ],
)
def test_a_time_has_its_hours(milliseconds: int, time: str) -> None:
    assert srt(said(Segment(milliseconds, milliseconds + 1, "x"))).startswith(f"1\n{time} -->")
    assert time.replace(",", ".") + " --> " in vtt(said(Segment(milliseconds, milliseconds, "x")))


def test_segments_stand_by_their_start_and_may_overlap() -> None:
    it = said(Segment(500, 900, "later"), Segment(0, 700, "first"), Segment(0, 300, "short"))
    assert re.findall(r"\n([a-z]+)\n", srt(it)) == ["short", "first", "later"]
    assert "00:00:00,500 --> 00:00:00,900" in srt(it)


def test_segments_with_nothing_to_read_are_left_out_and_not_counted() -> None:
    it = said(Segment(0, 1, " \n\t"), Segment(1, 2, "a"), Segment(2, 3, "\x00"), Segment(3, 4, "b"))
    assert re.findall(r"^\d+$", srt(it), re.MULTILINE) == ["1", "2"]
    assert vtt(it).count("-->") == 2


def test_a_cue_of_no_length_is_shown_for_a_moment() -> None:
    assert "00:00:01.000 --> 00:00:01.001" in vtt(said(Segment(1_000, 1_000, "hm")))


def test_line_breaks_and_arrows_do_not_end_a_cue() -> None:
    it = said(Segment(0, 1, "one\r\n\r\n2\n00:00:09,000 --> 00:00:10,000\ntwo"))
    assert srt(it) == "1\n00:00:00,000 --> 00:00:00,001\none 2 00:00:09,000 -- > 00:00:10,000 two\n"
    assert vtt(it).splitlines()[3:] == ["one 2 00:00:09,000 --&gt; 00:00:10,000 two"]


def test_joiners_that_words_are_written_with_stay() -> None:
    assert "می\u200cروم" in srt(said(Segment(0, 1, "می\u200cروم")))


def test_markup_is_said_and_not_obeyed() -> None:
    it = said(Segment(0, 1, "a < b && c > d", speaker="<c>\nEve"))
    assert vtt(it).splitlines()[-1] == "<v &lt;c&gt; Eve>a &lt; b &amp;&amp; c &gt; d"


def test_text_without_segments_is_one_cue_over_the_recording() -> None:
    assert srt(SAID) == "1\n00:00:00,000 --> 00:00:03,000\nHarbour Clinic. Good morning.\n"
    assert "00:00:00.000 --> 00:00:01.000" in vtt(replace(SAID, duration_ms=None))


def test_nothing_said_is_a_file_without_cues() -> None:
    assert srt(replace(SAID, text="")) == ""
    assert vtt(replace(SAID, text=None)) == "WEBVTT\n"


@settings(deadline=None, max_examples=80)
@given(st.lists(segments, min_size=1, max_size=5))
def test_whatever_is_said_the_file_has_one_cue_for_each_that_can_be_read(
    them: list[Segment],
) -> None:
    it = said(*them)
    cues = _SRT_CUE.findall(srt(it))
    assert all(_SRT_CUE.fullmatch(one) for one in _cues(srt(it)))
    assert [int(cue[0]) for cue in cues] == list(range(1, len(cues) + 1))
    voiced = _VTT_CUE.findall(vtt(it))
    assert len(voiced) == len(cues)
    assert vtt(it).count("-->") == srt(it).count("-->") == len(cues)
    for cue in voiced:
        start, end = (_milliseconds(cue[at : at + 4]) for at in (0, 4))
        assert start < end


def _cues(text: str) -> list[str]:
    return [f"{it}\n" for it in text.removesuffix("\n").split("\n\n")] if text else []


def _milliseconds(parts: tuple[str, ...]) -> int:
    hour, minute, second, rest = map(int, parts)
    return ((hour * 60 + minute) * 60 + second) * 1000 + rest
