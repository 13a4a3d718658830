"""Any name as a header that every client reads as that name, and as nothing else."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from dictabelt.http.disposition import LONGEST_NAME, content_disposition, file_name

NAMES = [
    "",
    ".",
    "..",
    "../../etc/passwd",
    "C:\\Windows\\a.wav",
    'a"; filename="evil.exe',
    "a\r\nSet-Cookie: x=1\r\n\r\n<script>.wav",
    "a\x00b\x7f\x85.mp3",
    "100%41.wav",
    "né à côté.mp3",
    "通話 录音 📞.ogg",
    "\u202egpj.exe",
    "a\u2028b\u2029c",
    "\ud800.wav",
    "／／＼＂.wav",
    "a" * 10_000 + ".mp3",
    "é" * 10_000 + ".mp3",
    "." + "a" * 10_000,
    "a" * 10_000 + "." + "b" * 300,
    "\\",
    '"',
    " padded .wav. ",
    "نمو\u200cنه.wav",
    "'); DROP TABLE recordings;--.wav",
]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("call 42.mp3", 'inline; filename="call 42.mp3"'),
        ("é.mp3", "inline; filename=\"e.mp3\"; filename*=UTF-8''%C3%A9.mp3"),
        ("录音.mp3", "inline; filename=\"__.mp3\"; filename*=UTF-8''%E5%BD%95%E9%9F%B3.mp3"),
        ('a"b.mp3', "inline; filename=\"a_b.mp3\"; filename*=UTF-8''a%22b.mp3"),
        ("50%25.mp3", "inline; filename=\"50_25.mp3\"; filename*=UTF-8''50%2525.mp3"),
        ("a/b\\c:d.wav", 'inline; filename="a_b_c_d.wav"'),
        ("", 'inline; filename="recording"'),
        ("...", 'inline; filename="recording"'),
        ("../..", 'inline; filename="recording"'),
        ("///", 'inline; filename="recording"'),
        (".htaccess", 'inline; filename="htaccess"'),
    ],
)
def test_a_name_is_written_as_rfc_6266_says(name: str, header: str) -> None:
    assert content_disposition("inline", name) == header


def test_a_download_is_an_attachment() -> None:
    assert content_disposition("attachment", "a.wav") == 'attachment; filename="a.wav"'


def check(name: str) -> None:
    header = content_disposition("attachment", name)
    safe = file_name(name)
    assert re.fullmatch(r"[ -~]+", header)
    kind, read = parse_options_header(header)
    assert (kind, read) == ("attachment", {"filename": safe})
    plain = re.fullmatch(r"attachment; filename=\"([ !#$&-.0-9;-\[\]-~]+)\"(;.*)?", header)
    assert plain is not None
    beyond = (plain[2] or "").removeprefix("; filename*=UTF-8''")
    assert (unquote(beyond, errors="strict") or plain[1]) == safe
    assert safe
    assert not re.search(r"[/\\:\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]", safe)
    assert not safe.startswith(".")
    assert not plain[1].startswith(".")
    assert len(safe.encode()) <= LONGEST_NAME


@pytest.mark.parametrize("name", NAMES)
def test_an_awkward_name_is_one_harmless_file_name(name: str) -> None:
    check(name)


@settings(deadline=None, max_examples=300)
@given(name=st.text() | st.text("/\\:.\"%; \r\n'=*\u202e\u0301é"))
@example(name="\u0301.wav")
def test_any_name_is_one_harmless_file_name(name: str) -> None:
    check(name)


@pytest.mark.parametrize("stem", ["a", "é", "音", "📞"])
def test_a_long_name_keeps_its_extension_and_whole_characters(stem: str) -> None:
    short = file_name(stem * 5000 + ".mp3")
    assert short.endswith(f"{stem}.mp3")
    assert LONGEST_NAME - 4 < len(short.encode()) <= LONGEST_NAME


def test_an_emoji_of_several_characters_and_persian_joiners_survive() -> None:
    for name in ("👨\u200d👩\u200d👧.wav", "نمو\u200cنه.wav"):
        assert file_name(name) == name
