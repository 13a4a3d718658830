"""`dictabelt blobs`: the vault's audio, brought from one store to another."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from dictabelt.cli import tell
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import complete, settings_of
from dictabelt.cli.options import Data, Json, examples, group
from dictabelt.cli.progress import Tally, as_size, shown
from dictabelt.core.carrying import Carried, Fate, carry, compare
from dictabelt.core.ports import Blobs

if TYPE_CHECKING:
    from dictabelt.settings import Settings

# one file is small beside a round trip to a far store
_AT_ONCE = 8
_OWN = "`cloud` is the provider's own"
commands = group(name="blobs", help="Bring the audio from one store to another.")


@commands.callback(epilog=examples("blobs copy --to s3://recordings/vault", "blobs copy --help"))
def _blobs() -> None:
    """Bring the audio from one store to another."""


@commands.command(
    epilog=examples(
        "blobs copy --from files --to s3://recordings/vault --json",
        "blobs copy --from s3://recordings/vault --to az://recordings --to-endpoint cloud",
    )
)
def copy(
    source: Annotated[
        str,
        typer.Option(
            "--from", metavar="STORE", help="`files`, those of the data folder, or a URL."
        ),
    ],
    target: Annotated[str, typer.Option("--to", metavar="STORE", help="As --from.")],
    from_endpoint: Annotated[
        str | None,
        typer.Option(metavar="URL", help=f"Where the first is, if not at blobs_endpoint; {_OWN}."),
    ] = None,
    to_endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="As --from-endpoint.")
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Read what is there already too, and compare the hashes."),
    ] = False,
    data: Data = None,
    json: Json = False,
) -> int:
    """Copy all blobs that the other store has not; nothing is deleted, the vault may serve.

    Each is read back and compared by its hash. Cut short, the same command goes on where it
    ended. Copy, then change the setting blobs and restart, then copy once more for what came
    meanwhile.
    """
    settings = settings_of(data=data)
    ends = _ends(settings, (source, from_endpoint), target=(target, to_endpoint))
    done = complete(_work(*ends, deal=_verified if verify else _carried))
    if json:
        tell.as_json({it.value: done.count(it) for it in Fate} | {"bytes": done.size})
    else:
        tell.say(", ".join(f"{done.count(it)} {it.value}" for it in Fate if done.count(it)))
        tell.say(f"{as_size(done.size)} copied")
    for key in done.different:
        tell.complain(f"{key}: other bytes are there under the same key; look at both stores")
    return Exit.PARTLY if done.different else Exit.DONE


@dataclass(slots=True)
class _Done:
    size: int = 0
    counts: dict[Fate, int] = field(default_factory=dict)
    different: list[str] = field(default_factory=list)

    def count(self, fate: Fate) -> int:
        return self.counts.get(fate, 0)

    def add(self, it: Carried) -> None:
        self.counts[it.fate] = self.count(it.fate) + 1
        if it.fate is Fate.COPIED:
            self.size += it.size
        if it.fate is Fate.DIFFERENT:
            self.different.append(it.key)


class Store(Blobs, Protocol):
    """A store that is not open yet."""

    async def prepare(self) -> None:
        """Raises StorageFailed."""


_Named = tuple[str, str | None]


def _ends(settings: "Settings", source: _Named, *, target: _Named) -> tuple[Store, Store]:
    """Both stores. Raises Problem, and StorageFailed where the credentials of one are none."""
    from dictabelt.app import End, ends_of
    from dictabelt.settings import BadSettings

    try:
        return ends_of(settings, End("--from", *source), target=End("--to", *target))
    except BadSettings as mistake:
        raise Problem(str(mistake), Exit.USAGE) from mistake


async def _work(here: Store, there: Store, *, deal: "_Deal") -> _Done:
    await here.prepare()
    await there.prepare()
    listed, done = here.keys(), _Done()
    keys = sorted([key async for key in listed])
    tally = Tally(files=len(keys), bytes=0)
    async with shown(tally, doing="copying"):
        for some in (keys[at : at + _AT_ONCE] for at in range(0, len(keys), _AT_ONCE)):
            for it in await asyncio.gather(*(deal(here, there, key) for key in some)):
                done.add(it)
                tally.files_done += 1
    return done


_Deal = Callable[[Blobs, Blobs, str], Awaitable[Carried]]


async def _carried(here: Blobs, there: Blobs, key: str) -> Carried:
    return await carry(here, there, key=key)


async def _verified(here: Blobs, there: Blobs, key: str) -> Carried:
    brought = await carry(here, there, key=key)
    return await compare(here, there, key=key) if brought.fate is Fate.ALREADY else brought
