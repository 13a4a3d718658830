"""The rows: what is measured beside what, and the ratio that is promised."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench import nginx, presigner, vendors
from bench.client import Client
from bench.comparison import Comparison, Side, watched
from bench.meter import metering
from bench.processes import Cores
from bench.target import Question, Server, holding, proven
from bench.vault import Vault, long_call

_METADATA, _LINKS = 0.40, 3.0
_LIVE = Question("/livez", holding(b'"ok"'))
_KIB = 1024
# Where in the long call a range begins: no page, no read and no frame begins there.
_SOMEWHERE = 4_000_001


class Skipped(Exception):
    """A group that cannot be measured here, and what it lacks."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the rows are measured with; `closing` ends what they start."""

    folder: Path
    cores: Cores
    client: Client
    vault: Vault
    closing: ExitStack

    def asking(self, question: Question, *, server: Server | None = None) -> Side:
        """Asks the server (ours, unless told), one answer read before each round."""
        asked = server or self.vault.server
        return watched(asked.id, lambda seconds: self.client.rate(proven(asked, question), seconds))


def metadata(stage: Stage) -> Iterator[Comparison]:
    """Each dialect's answer about a recording, beside a constant one."""
    for name, question in vendors.questions(stage.vault).items():
        yield Comparison(
            f"metadata, {name}: {question.method}",
            "GET /livez, same server",
            _METADATA,
            ours=stage.asking(question),
            theirs=stage.asking(_LIVE),
        )


def links(stage: Stage) -> Iterator[Comparison]:
    """Links over HTTP, the key checked, beside boto3's signing alone."""
    meter = stage.closing.enter_context(
        metering("presigner", stage.folder, core=stage.cores.server)
    )
    asked = vendors.questions(stage.vault)
    for name in ("subverse", "bota"):
        yield Comparison(
            f"signed link, {name}: {asked[name].method}",
            "boto3 presigning, no HTTP",
            _LINKS,
            ours=stage.asking(asked[name]),
            theirs=watched(meter.id, lambda seconds: meter.rate(presigner.Order(seconds), seconds)),
        )


def media(stage: Stage) -> Iterator[Comparison]:
    """Bytes of a file of 10 MB through a signed link, beside nginx over the same file.

    Raises Skipped without nginx.
    """
    if nginx.program() is None:
        raise Skipped("there is no nginx; on Debian: apt install nginx-light")
    folder = stage.folder / "files"
    folder.mkdir()
    file = folder / "call.wav"
    long_call(file)
    content = file.read_bytes()
    link = stage.vault.link(stage.vault.keep(file))
    peer = stage.closing.enter_context(
        nginx.serving(folder, stage.folder / "nginx", core=stage.cores.server)
    )
    for it in _PIECES:
        yield Comparison(
            f"media, {it.name}",
            "nginx, sendfile",
            it.promise,
            ours=stage.asking(it.question(link, content)),
            theirs=stage.asking(it.question("/call.wav", content), server=peer),
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the file; no `length` is the whole."""

    name: str
    promise: float
    length: int | None = None

    def question(self, path: str, content: bytes) -> Question:
        if self.length is None:
            return Question(path, content.__eq__)
        first, end = _SOMEWHERE, _SOMEWHERE + self.length
        wanted = {"Range": f"bytes={first}-{end - 1}"}
        return Question(path, content[first:end].__eq__, status=206, headers=wanted)


_PIECES = (
    _Piece("64 KiB range", 0.4, 64 * _KIB),
    _Piece("256 KiB range", 0.8, 256 * _KIB),
    _Piece("10 MB whole", 0.8),
)

GROUPS: Mapping[str, Callable[[Stage], Iterator[Comparison]]] = MappingProxyType(
    {"metadata": metadata, "links": links, "media": media}
)
