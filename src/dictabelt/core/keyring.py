"""The keys that sign links: derived from the pepper, rotated with a grace period."""

import hmac
from base64 import b32encode, b64encode
from datetime import datetime, timedelta
from hashlib import sha256

from dictabelt.core.errors import Invalid
from dictabelt.core.ids import new_uuid
from dictabelt.core.nouns import LinkKey
from dictabelt.core.ports import Database, Pulse, beat_of

_NO_TIME, _STALE = timedelta(0), timedelta(seconds=1)
LONGEST_GRACE = timedelta(days=7)


def new_key_id() -> str:
    """20 characters of the alphabet that AWS uses for access key ids, under our own prefix."""
    return "DBLK" + b32encode(new_uuid().bytes)[:16].decode()


class KeyRing:
    """Link keys in memory, read again once they are older than a second."""

    def __init__(self, db: Database, pepper: bytes) -> None:
        self._db = db
        self._beat = beat_of(db)
        self._pepper = pepper
        self._keys: list[LinkKey] = []
        self._derived: dict[bytes, str] = {}
        self._read_at: datetime | None = None

    async def start(self) -> None:
        """Makes the first key of a new vault."""
        async with self._db.write() as tx:
            if not await tx.link_keys.all():
                await tx.link_keys.add(LinkKey(id=new_key_id(), created_at=tx.now))

    async def rotate(self, *, grace: timedelta) -> LinkKey:
        """A new key signs from now on; links under the older ones live `grace` longer at most.

        Raises Invalid for a grace below zero or over the 7 days that a link can live.
        """
        if not _NO_TIME <= grace <= LONGEST_GRACE:
            raise Invalid("the grace is 0 seconds to 7 days (604800)", field="grace")
        async with self._db.write() as tx:
            end = tx.now + grace
            for key in await tx.link_keys.all():
                if key.retired_at is None or key.retired_at > end:
                    await tx.link_keys.retire(key.id, end)
            fresh = LinkKey(id=new_key_id(), created_at=tx.now)
            await tx.link_keys.add(fresh)
        self._read_at = None
        return fresh

    async def all(self) -> list[LinkKey]:
        """Every link key, newest first."""
        async with self._db.glance() as tx:
            return await tx.link_keys.all()

    async def refresh(self, now: datetime) -> None:
        """Reads the keys again when what is in memory is over a second old."""
        if self._read_at is None or not _NO_TIME <= now - self._read_at < _STALE:
            self._keys = await self.all()
            self._read_at = now

    async def clock(self) -> datetime:
        """The vault's instant, with the keys as fresh as `refresh` keeps them."""
        async with self._db.glance() as tx:
            now = tx.now
        await self.refresh(now)
        return now

    async def pulse(self) -> Pulse:
        """As `clock`, with the version of the rows where that costs no question."""
        if self._beat is None:
            return Pulse(await self.clock(), None)
        pulse = self._beat()
        await self.refresh(pulse.now)
        return pulse

    def felt(self) -> Pulse | None:
        """As `pulse`, without waiting; None where the keys, or the rows, are to be read again."""
        if self._beat is None or self._read_at is None:
            return None
        pulse = self._beat()
        return pulse if _NO_TIME <= pulse.now - self._read_at < _STALE else None

    def signing(self) -> str:
        """The id of the key that signs now."""
        return next(it.id for it in self._keys if it.retired_at is None)

    def secret(self, id: str, now: datetime) -> str | None:
        """The secret of a key that is good at `now`, else None."""
        return self._derive(b"link-secret:", id) if self.is_good(id, now) else None

    def is_good(self, id: str, now: datetime) -> bool:
        """Whether there is such a key, and it is not retired at `now`."""
        return any(
            it.id == id and (it.retired_at is None or now < it.retired_at) for it in self._keys
        )

    def session_token(self, id: str) -> str:
        """What a link says as X-Amz-Security-Token where a vendor's links have one."""
        return self._derive(b"session-token:", id)

    def _derive(self, purpose: bytes, id: str) -> str:
        """Once for each key that the vault has."""
        name = purpose + id.encode()
        found = self._derived.get(name)
        if found is None:
            found = b64encode(hmac.digest(self._pepper, name, sha256)).decode()
            self._derived[name] = found
        return found
