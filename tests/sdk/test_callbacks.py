"""Callbacks of recordings, checked by the vendors' own validators."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

import samples
from dialects.telling import notice
from dictabelt.core.webhook import EventType, Letter
from dictabelt.dialects.laml import callbacks
from sdk.clients import told
from sdk.environments import environment
from stocked import House

HEADER = {"twilio": "X-Twilio-Signature", "signalwire": "X-SignalWire-Signature"}


def letter(flavour: str, method: str) -> Letter:
    """What a recording's own callback gets when it is complete."""
    it = notice(EventType.COMPLETED, samples.recording(), dialect="laml", callback=True)
    address = {"flavour": flavour, "method": method}
    return callbacks.letter(replace(it, delivery=replace(it.delivery, address=address)))


@pytest.mark.parametrize("client", HEADER)
async def test_the_vendors_own_validator_takes_a_callback_and_no_other(
    client: str, house: House
) -> None:
    posted, got = letter(client, "POST"), letter(client, "GET")
    more: dict[str, Any] = {
        "client": client,
        "key": "PSK_examplekey",
        "url": posted.url,
        "parameters": parse_qsl(posted.body.decode()),
        "signature": posted.headers[HEADER[client]],
        "get_url": got.url,
        "get_signature": got.headers[HEADER[client]],
    }
    said = await told("validate", house, python=environment(client), **more)
    assert said == {"right": True, "altered": False, "elsewhere": False, "got": True}
    assert len(more["parameters"]) == (11 if client == "twilio" else 8)
