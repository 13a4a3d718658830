"""The vault: every use-case, composed once."""

from dataclasses import dataclass

from dictabelt.core.access import Access
from dictabelt.core.accounts import Accounts
from dictabelt.core.analyses import Analyses
from dictabelt.core.deliveries import Deliveries
from dictabelt.core.events import Events
from dictabelt.core.hooks import Hooks
from dictabelt.core.ingest import Ingest
from dictabelt.core.keyring import KeyRing
from dictabelt.core.limiter import Limiter
from dictabelt.core.links import Links
from dictabelt.core.live import Live
from dictabelt.core.meter import Meter
from dictabelt.core.packing import Packing
from dictabelt.core.ports import Audio, Blobs, Database, Jobs, Signpost
from dictabelt.core.recordings import Recordings
from dictabelt.core.renditions import Renditions
from dictabelt.core.shares import Shares
from dictabelt.core.transcriptions import Transcriptions
from dictabelt.core.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Vault:
    """What every front and command calls; one core call answers one request."""

    access: Access
    accounts: Accounts
    recordings: Recordings
    ingest: Ingest
    renditions: Renditions
    analyses: Analyses
    packing: Packing
    links: Links
    shares: Shares
    live: Live
    uploads: Uploads
    transcriptions: Transcriptions
    hooks: Hooks
    events: Events
    deliveries: Deliveries
    jobs: Jobs
    meter: Meter
    ring: KeyRing


@dataclass(frozen=True, slots=True)
class Adapters:
    """The outside that a vault stands on."""

    db: Database
    blobs: Blobs
    audio: Audio
    jobs: Jobs
    signpost: Signpost | None = None


def compose(adapters: Adapters, *, pepper: bytes, limiter: Limiter) -> Vault:
    """A vault over these adapters."""
    db, blobs, audio = adapters.db, adapters.blobs, adapters.audio
    ring = KeyRing(db, pepper)
    links = Links(db, ring)
    access = Access(db, pepper)
    return Vault(
        access=access,
        accounts=Accounts(db, pepper),
        recordings=Recordings(db, blobs),
        ingest=Ingest(db, blobs, audio=audio),
        renditions=Renditions(db, blobs, audio=audio, limiter=limiter, signpost=adapters.signpost),
        analyses=Analyses(db, blobs, audio=audio),
        packing=Packing(db, blobs, packer=audio.packer, limiter=limiter),
        links=links,
        shares=Shares(db, links),
        live=Live(db),
        uploads=Uploads(db, blobs, audio=audio, ring=ring),
        transcriptions=Transcriptions(db),
        hooks=Hooks(db, pepper),
        events=Events(db),
        deliveries=Deliveries(db, access, links=links, pepper=pepper),
        jobs=adapters.jobs,
        meter=Meter(),
        ring=ring,
    )
