"""The rows: what is measured beside what, and the ratio that is promised."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bench import arriving, nginx, presigner, scale, vendors
from bench.comparison import Comparison, watched
from bench.encoding import encoding
from bench.growth import Growth
from bench.incoming import listened_to
from bench.memory import memory
from bench.meter import metering
from bench.scale import Scaled
from bench.stage import Skipped, Stage
from bench.target import Question, holding
from bench.vault import long_call, short_calls

_METADATA, _LINKS = 0.40, 3.0
_LIVE = Question("/livez", holding(b'"ok"'))
_KIB = 1024
# Where it is shown, too, what a request costs of which there was none like it before.
_UNLIKE = ("laml", "bird")
_MANY = 2_000
# Where in the long call a range begins: no page, no read and no frame begins there.
_SOMEWHERE = 4_000_001


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
        if name in _UNLIKE:
            yield Comparison(
                f"metadata, {name}: {question.method}, no two alike",
                "GET /livez, same server",
                None,
                ours=stage.asking(replace(question, unlike=True)),
                theirs=stage.asking(_LIVE),
            )


def turns(stage: Stage) -> Iterator[Comparison]:
    """One recording after the other: too many for a server to know what is asked of each."""
    folder = stage.folder / "many"
    folder.mkdir()
    short_calls(folder, max(2, _MANY // stage.shrink))
    first, *others = stage.vault.keep_all(folder)
    for it in (first, *others):
        listened_to(stage.vault, it)
    asked = vendors.questions(stage.vault)
    for name in _UNLIKE:
        question = asked[name]
        path, known = question.path, stage.vault.recording.ids[name]
        yield Comparison(
            f"metadata, {name}: {question.method}, {_MANY:,} recordings in turn",
            "GET /livez, same server",
            None,
            ours=stage.asking(
                replace(
                    question,
                    path=path.replace(known, first),
                    right=holding(first.encode()),
                    others=[path.replace(known, it) for it in others],
                )
            ),
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
    _Piece("1 MB range", 0.8, 1000 * 1000),
    _Piece("10 MB whole", 0.8),
)

Group = Callable[[Stage], Iterator[Comparison | Growth | Scaled]]

GROUPS: Mapping[str, Group] = MappingProxyType(
    {
        "metadata": metadata,
        "turns": turns,
        "links": links,
        "media": media,
        "encoding": encoding,
        "memory": memory,
        "rows": scale.rows,
        "ingest": arriving.ingest,
        "start": arriving.start,
    }
)
