"""A snapshot: what one backup kept of a vault, as JSON that names objects by their hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dictabelt.core.errors import StorageFailed

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a backup was made, and by which version."""

    host: str
    program: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Blobs of the vault and their bytes, those that the repository had not, damaged ones."""

    blobs: int = 0
    bytes: int = 0
    new_blobs: int = 0
    new_bytes: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class DatabaseCopy:
    """The database file cut into objects, in order; its size and its SHA-256."""

    size: int
    sha256: str
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`lists` are objects with a line a blob: key, SHA-256, size. `secret` is told by its kind."""

    made_at: datetime
    origin: Origin
    database: DatabaseCopy
    lists: tuple[str, ...]
    counts: Counts
    secret: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> bytes:
        """JSON; the same for the same snapshot."""
        it = {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(),
            "host": self.origin.host,
            "program": self.origin.program,
            "database": {
                "size": self.database.size,
                "sha256": self.database.sha256,
                "objects": list(self.database.objects),
            },
            "lists": list(self.lists),
            "counts": {name: getattr(self.counts, name) for name in Counts.__slots__},
            "secret": dict(self.secret),
        }
        return json.dumps(it, indent=1, sort_keys=True).encode()

    @property
    def id(self) -> str:
        """The SHA-256 of its text: a snapshot that was changed is another."""
        return hashlib.sha256(self.text()).hexdigest()


def snapshot_of(text: bytes, id: str) -> Snapshot:
    """Reads the snapshot of that id. Raises StorageFailed for a damaged or newer one."""
    if hashlib.sha256(text).hexdigest() != id:
        raise StorageFailed(f"snapshot {id[:8]} is damaged; use another")
    it = json.loads(text)
    if it["format"] != FORMAT:
        raise StorageFailed(f"a newer Dictabelt made snapshot {id[:8]}; use that version")
    return Snapshot(
        made_at=datetime.fromisoformat(it["made_at"]),
        origin=Origin(it["host"], it["program"]),
        database=DatabaseCopy(
            it["database"]["size"], it["database"]["sha256"], tuple(it["database"]["objects"])
        ),
        lists=tuple(it["lists"]),
        counts=Counts(**it["counts"]),
        secret=it["secret"],
    )
