"""What a file looks like that is not audio."""

import pytest

from dictabelt.audio.sniff import foreign_matter


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"\xef\xbb\xbf\r\n  <HTML lang=en>", "HTML"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code>', "XML"),
        (b"#EXTM3U\n#EXT-X-VERSION:3", "a playlist"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'", "a playlist"),
        (b"[playlist]\nFile1=http://example.org/a.mp3", "a playlist"),
        (b'{"error": "not found"}', "JSON"),
        (b'[{"id": 1}]', "JSON"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG image"),
        (b"GIF89a", "a GIF image"),
        (b"MThd\x00\x00\x00\x06", "a MIDI score"),
    ],
)
def test_what_is_sent_by_mistake_is_recognised(head: bytes, what: str) -> None:
    assert foreign_matter(head) == what


@pytest.mark.parametrize(
    "head",
    [
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"ID3\x04\x00\x00",
        b"\xff\xfb\x90\x64",
        b"\xff\xf1\x50\x80",
        b"OggS\x00\x02",
        b"fLaC\x00\x00\x00\x22",
        b"\x00\x00\x00\x20ftypM4A ",
        b"#!AMR\n",
        b".snd\x00\x00\x00\x18",
        b"\x1a\x45\xdf\xa3",
    ],
)
def test_audio_is_let_through(head: bytes) -> None:
    assert foreign_matter(head) is None
