"""Wrong sampling rates are told by the length, and only by lengths that nothing else explains."""

import pytest

from dictabelt.audio.speed import true_rate


@pytest.mark.parametrize(
    ("rate", "seconds", "expected", "true"),
    [
        (8000, 120, 60.0, 16000),
        (8000, 120, 60.9, 16000),
        (8000, 110, 40.1, 22050),
        (8000, 110.25, 20.2, 44100),
        (8000, 120, 20.0, 48000),
        (8000, 82.7, 60.0, 11025),
        (16000, 30, 60.0, 8000),
        (11025, 43.54, 60.0, 8000),
        (44100, 10, 55.1, 8000),
        (48000, 10, 60.0, 8000),
        (48000, 20, 60.0, 16000),
    ],
)
def test_the_rate_at_which_the_call_lasts_as_long_as_it_did(
    rate: int, seconds: float, expected: float, true: int
) -> None:
    assert true_rate(rate, seconds, expected=expected) == true


@pytest.mark.parametrize(
    ("rate", "seconds", "expected"),
    [
        (8000, 60, None),
        (8000, 60, 0.0),
        (8000, 60, -1.0),
        (8000, 60, float("nan")),
        (8000, 60, float("inf")),
        (8000, 60, 60.0),
        (8000, 60, 61.4),
        (8000, 30, 60.0),  # half of a call: nobody samples at 4 kHz
        (8000, 55, 60.0),
        (8000, 100, 60.0),
        (16000, 31, 60.0),
        (16000, 30.3, 60.0),
        (48000, 30, 60.0),  # half of a call: telephones do not sample at 24 kHz
        (44100, 55, 60.0),  # 48 kHz is not far enough
        (16000, 5, 10.0),  # too short to tell
        (8000, 20, 10.0),
    ],
)
def test_a_call_that_was_longer_or_shorter_than_its_recording_is_no_wrong_rate(
    rate: int, seconds: float, expected: float | None
) -> None:
    assert true_rate(rate, seconds, expected=expected) is None
