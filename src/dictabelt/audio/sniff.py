"""Tells what a file that is not audio looks like, for the words of the refusal."""

import codecs

HEAD = 512
"""Bytes from the start of a file that are enough to judge."""

_TEXTS = {
    b"<!doctype html": "HTML",
    b"<html": "HTML",
    b"<?xml": "XML",
    b"#extm3u": "a playlist",
    b"ffconcat": "a playlist",
    b"[playlist]": "a playlist",
    b"{": "JSON",
    b"[{": "JSON",
}
_BINARIES = {
    b"%PDF-": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"MThd": "a MIDI score",
}


def foreign_matter(head: bytes) -> str | None:
    """What `head` shows when it cannot be audio, such as "HTML"; else None."""
    text = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    texts = (what for mark, what in _TEXTS.items() if text.startswith(mark))
    binaries = (what for mark, what in _BINARIES.items() if head.startswith(mark))
    return next(texts, None) or next(binaries, None)
