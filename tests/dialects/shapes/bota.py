"""Bota's answers."""

from datetime import timedelta

import samples
from dialects.rendering import body, signed
from dictabelt.core.nouns import Form, Kind
from dictabelt.dialects.bota import wire


def _download(kind: Kind, content_type: str, extension: str) -> bytes:
    media = samples.media(kind=kind, content_type=content_type)
    link = samples.link(
        form=Form.ORIGINAL,
        name=kind.value,
        extension=extension,
        expires_at=samples.ISSUED + timedelta(hours=1),
    )
    return body(wire.download(media, link, url=signed(link, "bota")))


SHAPES = {
    "download-audio": lambda: _download(Kind.AUDIO, "audio/opus", "opus"),
    "download-image": lambda: _download(Kind.IMAGE, "image/jpeg", "jpg"),
}
