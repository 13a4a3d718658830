"""`dictabelt get`: a recording's bytes, into a file or a pipe."""

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
from dictabelt.core.media import Form
from dictabelt.core.nouns import Playable, Principal

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

_PIECE = 256 * 1024
_STDOUT = Path("-")
commands = group()


@commands.command(
    epilog=examples(f"get {SAMPLE} --form mp3 -o call.mp3", f"get {SAMPLE} --form wav > call.wav")
)
def get(
    id: RecordingArgument,
    form: Annotated[
        Form, typer.Option("--form", help="As it was stored, or as WAV or MP3.")
    ] = Form.ORIGINAL,
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
    keep = _keeper(target, force)

    async def work(vault: "Vault", who: Principal) -> Playable:
        playable = await _find(vault, who, id=wanted, form=form, media=part)
        await keep(vault, playable)
        return playable

    playable = as_owner(data, account, work=work)
    if json:
        tell.as_json(_told(playable, target))


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
    vault: "Vault", who: Principal, *, id: RecordingId, form: Form, media: MediaId | None
) -> Playable:
    if form is Form.ORIGINAL:
        return await vault.renditions.rescue(who, id, media=media)
    try:
        return await vault.renditions.get(who, id, form, media=media)
    except NotReady as reason:
        raise NotReady(f"{reason}; `--form original` gives the bytes as they are") from reason


def _keeper(target: Path, force: bool) -> "Callable[[Vault, Playable], Awaitable[None]]":
    """What writes the bytes; a disk's refusal becomes a Problem."""

    async def keep(vault: "Vault", playable: Playable) -> None:
        try:
            with _opened(target, force) as file:
                await _copy(vault, playable, file=file)
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


async def _copy(vault: "Vault", playable: Playable, *, file: BinaryIO) -> None:
    blob = await vault.renditions.open(playable.rendition)
    try:
        offset = 0
        while piece := await blob.read(offset, _PIECE):
            file.write(piece)
            offset += len(piece)
    finally:
        await blob.close()


def _exists(target: Path) -> Problem:
    return Problem(f"{target} is there already; overwrite it with --force", Exit.REFUSED)


def _told(playable: Playable, target: Path) -> dict[str, object]:
    rendition = playable.rendition
    return {
        "recording": str(playable.recording.id),
        "media": str(playable.media.id),
        "form": rendition.form,
        "content_type": rendition.content_type,
        "size": rendition.size,
        "sha256": rendition.sha256,
        "file": str(target),
    }
