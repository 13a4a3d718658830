"""`dictabelt pack`: originals kept as FLAC that gives the identical files back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from dictabelt.cli import tell
from dictabelt.cli.exits import Exit
from dictabelt.cli.opening import as_owner
from dictabelt.cli.options import Account, Data, Json, examples, group
from dictabelt.cli.progress import Tally, as_size, shown
from dictabelt.core.ids import MediaId, RecordingId
from dictabelt.core.media import Media
from dictabelt.core.nouns import Principal
from dictabelt.core.packing import Fate, Packed

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

commands = group()
_PAGE = 1000


@commands.command(epilog=examples("pack --dry-run", "pack --json"))
def pack(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; estimate what packing would save.")
    ] = False,
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Keep WAV originals as FLAC, in about half the room; served they stay the same, bit for bit.

    Each original is packed, given back, and compared by its hash before the WAV goes. PCM of 16
    and 24 bits can be packed. An account packs what comes in by itself once it is told to:
    `dictabelt account change --packing`.
    """
    way = _ESTIMATE if dry_run else _PACK
    done = as_owner(data, account, work=lambda vault, who: _work(vault, who, way=way))
    packed = done.sums.get(Fate.PACKED, _Sum())
    if json:
        tell.as_json({"dry_run": dry_run, "saved": packed.saved, "originals": _rows(done)})
    else:
        cells = (
            (fate, str(it.files), as_size(it.size), as_size(it.kept)) for fate, it in _in(done)
        )
        tell.as_table(("fate", "files", "before", "after"), cells)
        tell.say(_summary(packed, way))
    for it in done.doubts:
        tell.complain(it)
    return Exit.PARTLY if done.doubts else Exit.DONE


_Deal = Callable[[Principal, RecordingId, MediaId], Awaitable[Packed]]


@dataclass(frozen=True, slots=True)
class _Way:
    """What is done with each original, and how people are told."""

    doing: str
    verb: str
    deal: "Callable[[Vault], _Deal]"


_ESTIMATE = _Way("estimating", "packing would save about", lambda vault: vault.packing.estimate)
_PACK = _Way("packing", "saved", lambda vault: vault.packing.pack)


@dataclass(frozen=True, slots=True)
class _Original:
    recording: RecordingId
    media: MediaId
    size: int


@dataclass(slots=True)
class _Sum:
    """Originals of one fate: bytes that came, and bytes that are kept for them."""

    files: int = 0
    size: int = 0
    kept: int = 0

    @property
    def saved(self) -> int:
        return self.size - self.kept

    def add(self, it: Packed) -> None:
        self.files += 1
        self.size += it.size
        self.kept += it.kept


@dataclass(frozen=True, slots=True)
class _Done:
    sums: dict[Fate, _Sum] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


async def _work(vault: "Vault", who: Principal, *, way: "_Way") -> _Done:
    """Raises StorageFailed; what was packed before stays packed."""
    originals, done = [it async for it in _originals(vault, who)], _Done()
    tally = Tally(files=len(originals), bytes=sum(it.size for it in originals))
    async with shown(tally, doing=way.doing):
        for it in originals:
            made = await way.deal(vault)(who, it.recording, it.media)
            tally.add_bytes(it.size)
            tally.files_done += 1
            done.sums.setdefault(made.fate, _Sum()).add(made)
            if made.doubt is not None:
                done.doubts.append(f"{it.recording}: {made.doubt}")
    return done


async def _originals(vault: "Vault", who: Principal) -> AsyncIterator[_Original]:
    before = None
    while page := await vault.recordings.newest(who, limit=_PAGE, before=before):
        for recording in page:
            for it in filter(_is_there, recording.media):
                yield _Original(recording.id, it.id, it.size or 0)
        before = page[-1].id


def _is_there(media: Media) -> bool:
    return media.blob is not None and media.sha256 is not None


def _in(done: _Done) -> list[tuple[Fate, _Sum]]:
    """By fate, in the order that fates are listed."""
    return [(it, done.sums[it]) for it in Fate if it in done.sums]


def _rows(done: _Done) -> list[dict[str, object]]:
    return [
        {"fate": fate, "files": it.files, "bytes": it.size, "kept_bytes": it.kept}
        for fate, it in _in(done)
    ]


def _summary(packed: _Sum, way: _Way) -> str:
    share = 100 * packed.saved // packed.size if packed.size else 0
    return f"{way.verb} {as_size(packed.saved)} ({share} % of {as_size(packed.size)})"
