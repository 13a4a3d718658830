"""The snapshots of a backup: listed, checked, forgotten."""

from contextlib import aclosing, closing
from pathlib import Path

from dictabelt.cli import tell
from dictabelt.cli.exits import Exit
from dictabelt.cli.opening import complete
from dictabelt.cli.places import keeper, present
from dictabelt.cli.progress import Tally, as_size, shown
from dictabelt.core.portion import Subset
from dictabelt.core.pruning import Nothing, Policy, Pruned, prune
from dictabelt.core.repository import Repository, object_key
from dictabelt.core.snapshot import Counts, Snapshot
from dictabelt.core.verifying import Flaw, Verification, Verified


def listing(target: Path, *, json: bool) -> int:
    """`--list`."""
    snapshots = complete(_of(present(target)))
    if json:
        tell.as_json([row(id, it) for id, it in snapshots])
        return Exit.DONE
    tell.as_table(
        ("snapshot", "made", "host", "blobs", "size", "new", "secret"),
        (
            (
                id[:8],
                tell.minute(it.made_at),
                it.origin.host,
                str(it.counts.blobs),
                as_size(it.counts.bytes),
                as_size(it.counts.new_bytes),
                _kind(it),
            )
            for id, it in snapshots
        ),
    )
    return Exit.DONE


async def _of(at: Repository) -> list[tuple[str, Snapshot]]:
    await at.demand()
    return await at.snapshots()


def verification(target: Path, subset: Subset | None, *, json: bool) -> int:
    """`--check`."""
    at = present(target)
    rows: list[dict[str, object]] = []

    async def work() -> Verified:
        await at.demand()
        tally = Tally()
        with closing(at.depot.ledger()) as ledger:
            it = Verification(at, ledger)
            async with (
                shown(tally, doing="checking"),
                aclosing(it.flaws(subset, tally)) as flaws,
            ):
                rows.extend([_flaw(flaw) async for flaw in flaws])
        return it.counts

    counts = complete(work())
    if json:
        told = {name: getattr(counts, name) for name in Verified.__slots__}
        tell.as_json({"counts": told, "flaws": rows})
    else:
        for it in rows:
            print(f"{it['damage']} {it['object']}: {it['reason']}; {it['fix']}")
        read = f"{as_size(counts.read_bytes)} read" if counts.read else "sizes only"
        faults = f"{len(rows)} faults" if rows else "no fault"
        tell.say(
            f"checked {counts.snapshots} snapshots, {counts.objects} objects, {read}: {faults}"
        )
    return Exit.DAMAGED if rows else Exit.DONE


def _flaw(it: Flaw) -> dict[str, object]:
    return {
        "damage": it.damage,
        "object": it.object,
        "snapshot": it.snapshot or None,
        "reason": it.reason,
        "fix": f"delete {object_key(it.object)} there; the next backup brings it again"
        " while the vault has it",
    }


def forgetting(target: Path, policy: Policy, *, dry_run: bool, json: bool) -> int:
    """`--forget`."""
    at = present(target)

    async def work() -> Pruned:
        await at.demand()
        with closing(at.depot.ledger()) as ledger:
            if dry_run:
                return await prune(at, policy, ledger=ledger, act=Nothing())
            async with at.locked(keeper()):
                return await prune(at, policy, ledger=ledger, act=at)

    done = complete(work())
    if json:
        told = {"stay": done.stay, "go": done.go, "objects": done.objects, "bytes": done.bytes}
        tell.as_json({"dry_run": dry_run, **told})
    else:
        verb = "would go" if dry_run else "went"
        freed = amount(done.objects, done.bytes)
        tell.say(f"{len(done.stay)} snapshots stay; {len(done.go)} and {freed} {verb}")
    return Exit.DONE


def row(id: str, it: Snapshot) -> dict[str, object]:
    """A snapshot for machines."""
    return {
        "id": id,
        "made_at": tell.instant(it.made_at),
        "host": it.origin.host,
        "program": it.origin.program,
        "secret": _kind(it),
        "database_bytes": it.database.size,
        **counted(it.counts),
    }


def _kind(it: Snapshot) -> str:
    return next((kind for kind in ("plain", "locked") if kind in it.secret), "left out")


def counted(it: Counts) -> dict[str, int]:
    """Counts for machines."""
    return {name: getattr(it, name) for name in Counts.__slots__}


def amount(count: int, size: int) -> str:
    """Blobs and bytes for people."""
    return f"{count} blobs ({as_size(size)})"
