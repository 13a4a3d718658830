"""`dictabelt get`: a recording's bytes, into a file or a pipe."""

import hashlib
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO
from uuid import UUID

import typer

from dictabelt.cli import aside, tell
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import as_owner
from dictabelt.cli.options import (
    SAMPLE,
    Account,
    Data,
    Json,
    MediaOption,
    RecordingArgument,
    examples,
    group,
)
from dictabelt.core.errors import NotReady
from dictabelt.core.ids import MediaId, RecordingId
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.nouns import Principal
from dictabelt.core.playable import Playable
from dictabelt.core.ports import Stored

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

_PIECE = 256 * 1024
_STDOUT = Path("-")
commands = group()


@commands.command(
    epilog=examples(
        f"get {SAMPLE} --form mp3 -o call.mp3",
        f"get {SAMPLE} --form wav --from 200 --to 800 > part.wav",
    )
)
def get(
    id: RecordingArgument,
    form: Annotated[
        Form, typer.Option("--form", help="As it was stored, or in another form.")
    ] = Form.ORIGINAL,
    mix: Annotated[Mix, typer.Option("--mix", help="Which channels, and where.")] = Mix.BOTH,
    start: Annotated[
        int, typer.Option("--from", metavar="MS", min=0, help="Begin at this millisecond.")
    ] = 0,
    end: Annotated[
        int | None, typer.Option("--to", metavar="MS", min=1, help="End before this millisecond.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; - is stdout."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    media: MediaOption = None,
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Write a recording to a file, or to stdout when that is a pipe.

    The original of a recording that cannot be played is there, too.
    """
    target = _target(output, json)
    _refuse_overwriting(target, force)
    wanted = RecordingId(UUID(id))
    part = None if media is None else MediaId(UUID(media))
    variant = Variant(form, mix, start, end)
    keep = _keeper(target, force)

    async def work(vault: "Vault", who: Principal) -> tuple[Playable, Stored]:
        playable = await _find(vault, who, id=wanted, variant=variant, media=part)
        return playable, await keep(playable)

    playable, stored = as_owner(data, account, work=work)
    if json:
        tell.as_json(_told(playable, stored, target))


def _target(output: Path | None, json: bool) -> Path:
    if output is None and sys.stdout.isatty():
        raise Problem("name a file with -o FILE; audio is not for a terminal", Exit.USAGE)
    if json and output in (None, _STDOUT):
        raise Problem("--json needs stdout for itself; name a file with -o FILE", Exit.USAGE)
    return output or _STDOUT


def _refuse_overwriting(target: Path, force: bool) -> None:
    if target == _STDOUT:
        return
    if target.is_dir():
        raise Problem(f"{target} is a folder; name a file in it", Exit.USAGE)
    if target.exists() and not target.is_file():
        raise Problem(f"{target} is no ordinary file; write to stdout with -o -", Exit.USAGE)
    if target.exists() and not force:
        raise _exists(target)


async def _find(
    vault: "Vault", who: Principal, *, id: RecordingId, variant: Variant, media: MediaId | None
) -> Playable:
    if variant == Variant(Form.ORIGINAL):
        return await vault.renditions.rescue(who, id, media=media)
    try:
        return await vault.renditions.get(who, id, variant, media=media)
    except NotReady as reason:
        raise NotReady(f"{reason}; `--form original` gives the bytes as they are") from reason


def _keeper(target: Path, force: bool) -> Callable[[Playable], Awaitable[Stored]]:
    """What writes the bytes; a disk's refusal becomes a Problem."""

    async def keep(playable: Playable) -> Stored:
        try:
            with _opened(target, force) as file:
                return await _copied(playable, file)
        except FileExistsError as error:
            raise _exists(target) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            name = "stdout" if target == _STDOUT else target
            reason = f"{name} cannot be written: {error.strerror}; choose another with -o"
            raise Problem(reason, Exit.STORAGE) from error

    return keep


@contextmanager
def _opened(target: Path, force: bool) -> Iterator[BinaryIO]:
    if target == _STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    place = aside.replacing if force else aside.fresh
    with place(target) as file:
        yield file


async def _copied(playable: Playable, file: BinaryIO) -> Stored:
    """What was copied: how many bytes, and their hash."""
    blob = await playable.open()
    seen = hashlib.sha256()
    try:
        offset = 0
        while piece := await blob.read(offset, _PIECE):
            file.write(piece)
            seen.update(piece)
            offset += len(piece)
    finally:
        await blob.close()
    return Stored(offset, seen.hexdigest())


def _exists(target: Path) -> Problem:
    return Problem(f"{target} is there already; overwrite it with --force", Exit.REFUSED)


def _told(playable: Playable, stored: Stored, target: Path) -> dict[str, object]:
    rendition = playable.rendition
    return {
        "recording": str(playable.recording.id),
        "media": str(playable.media.id),
        "form": rendition.form,
        "content_type": rendition.content_type,
        "size": stored.size,
        "sha256": stored.sha256,
        "file": str(target),
    }
