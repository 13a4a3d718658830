"""The vault: every use-case, composed once."""

from dataclasses import dataclass

from dictabelt.core.access import Access
from dictabelt.core.accounts import Accounts
from dictabelt.core.ingest import Ingest
from dictabelt.core.keyring import KeyRing
from dictabelt.core.limiter import Limiter
from dictabelt.core.links import Links
from dictabelt.core.ports import Audio, Blobs, Database
from dictabelt.core.recordings import Recordings
from dictabelt.core.renditions import Renditions


@dataclass(frozen=True, slots=True)
class Vault:
    """What every front and command calls; one core call answers one request."""

    access: Access
    accounts: Accounts
    recordings: Recordings
    ingest: Ingest
    renditions: Renditions
    links: Links
    ring: KeyRing


@dataclass(frozen=True, slots=True)
class Adapters:
    """The outside that a vault stands on."""

    db: Database
    blobs: Blobs
    audio: Audio


def compose(adapters: Adapters, *, pepper: bytes, limiter: Limiter) -> Vault:
    """A vault over these adapters."""
    db, blobs, audio = adapters.db, adapters.blobs, adapters.audio
    ring = KeyRing(db, pepper)
    return Vault(
        access=Access(db, pepper),
        accounts=Accounts(db, pepper),
        recordings=Recordings(db, blobs),
        ingest=Ingest(db, blobs, audio=audio),
        renditions=Renditions(db, blobs, audio=audio, limiter=limiter),
        links=Links(db, ring),
        ring=ring,
    )
