"""The two flavours, and which of them a request speaks."""

import re
from datetime import timedelta
from typing import Final

from dictabelt.core.access import Credentials
from dictabelt.core.ids import read_prefixed, read_uuid, spell_prefixed
from dictabelt.dialects.laml import twilio, wire
from dictabelt.dialects.laml.flavour import ACCOUNT, Flavour

SIGNALWIRE: Final = Flavour(
    name="signalwire",
    spell=lambda _, id: str(id),
    read=lambda _, text: read_uuid(text),
    root=wire.PREFIXES[0],
    extension="",
    paging=("Page", "PageSize"),
    recording=lambda it, _: wire.recording(it),
    transcription=wire.transcription,
    envelope=wire.envelope,
    refusals=wire.ERRORS,
    invalid=wire.INVALID,
    more_info=wire.MORE_INFO,
    started=200,
    before=timedelta(0),
    callback=wire.told,
    signature="X-SignalWire-Signature",
)
TWILIO: Final = Flavour(
    name="twilio",
    spell=spell_prefixed,
    read=read_prefixed,
    root=twilio.ROOT,
    extension=".json",
    paging=("PageSize", "Page"),
    recording=twilio.recording,
    transcription=twilio.transcription,
    envelope=twilio.envelope,
    refusals=twilio.ERRORS,
    invalid=twilio.INVALID,
    more_info=twilio.MORE_INFO,
    started=201,
    # "At or before": dates are told to the second, so what is told as that second is meant too.
    before=timedelta(seconds=1),
    callback=twilio.told,
    signature="X-Twilio-Signature",
    kept_deleted=timedelta(days=40),
)
FLAVOURS: Final = {it.name: it for it in (SIGNALWIRE, TWILIO)}

_ACCOUNT = re.compile(r"/Accounts/([^/]*)")
_KEY_SID = re.compile(r"sk[0-9a-f]{32}", re.ASCII)


def flavour(account: str) -> Flavour:
    """Twilio where the account's id has Twilio's shape, else SignalWire."""
    return SIGNALWIRE if TWILIO.read(ACCOUNT, account) is None else TWILIO


def flavour_at(path: str) -> Flavour:
    """The flavour of the account that the path names, SignalWire where it names none."""
    found = _ACCOUNT.search(path)
    return flavour(found[1]) if found else SIGNALWIRE


def said(offered: Credentials | None) -> Credentials | None:
    """Basic credentials with Twilio's user names read: an account's `AC...`, or a key's `SK...`.

    A key's id says nothing here; its secret, the token, finds the account.
    """
    if offered is None or offered.account is None:
        return offered
    if _KEY_SID.fullmatch(offered.account):
        return Credentials(offered.token)
    id = read_prefixed(ACCOUNT.lower(), offered.account)
    return offered if id is None else Credentials(offered.token, str(id))
