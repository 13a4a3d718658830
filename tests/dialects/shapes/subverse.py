"""SubVerse's answers."""

from datetime import timedelta

import samples
from dialects.rendering import body, signed
from dictabelt.dialects.subverse import wire


def _signed_url() -> bytes:
    link = samples.link(expires_at=samples.ISSUED + timedelta(hours=1))
    return body(wire.envelope(200, wire.SIGNED, data={"url": signed(link, "subverse")}))


SHAPES = {"signed-url": _signed_url}
