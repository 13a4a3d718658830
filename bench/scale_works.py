"""The queries that are measured at both sizes: each list filter of each dialect, and look-ups."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bench.plausible import TAGGED
from bench.population import RARE
from bench.scale_samples import Samples
from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Recording, State
from dictabelt.core.ports import Reading
from dictabelt.core.search import EventSearch, Search, TranscriptSearch, Window
from dictabelt.dialects.bird import lists as bird
from dictabelt.dialects.bota import recordings as bota
from dictabelt.dialects.native import known as native

Ask = Callable[[Reading], Awaitable[object]]
Asks = Callable[[Samples], Iterator[Ask]]
SKIPPED = 5000
FREQUENT = frozenset(name for names in TAGGED[:4] for name in names)


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of query; `asks` makes as many of it as there are samples."""

    name: str
    asks: Asks


@dataclass(frozen=True, slots=True)
class Listing:
    """One list as somebody asks for it: `search` of a recording like those that are wanted."""

    search: Callable[[Recording], Search]
    window: Window = field(default_factory=lambda: Window(50))

    def asks(self, samples: Samples, account: AccountId) -> Iterator[Ask]:
        """One for each sample."""
        for it in samples.recordings:
            yield _find(account, self.search(it), self.window)


def _find(account: AccountId, search: Search, window: Window) -> Ask:
    return lambda tx: tx.recordings.find(account, search, window)


def _huge(name: str, search: Callable[[Recording], Search], window: Window | None = None) -> Work:
    listing = Listing(search) if window is None else Listing(search, window)
    return Work(name, lambda samples: listing.asks(samples, samples.huge))


def _imported(name: str, search: Callable[[Recording], Search], *, limit: int) -> Work:
    def asks(samples: Samples) -> Iterator[Ask]:
        for it in samples.imported:
            yield _find(samples.lopsided, search(it), Window(limit))

    return Work(name, asks)


def _lopsided(name: str, search: Search) -> Work:
    listing = Listing(lambda _: search)
    return Work(name, lambda samples: listing.asks(samples, samples.lopsided))


def _native(**given: str) -> Search:
    return native.search({name: (text,) for name, text in given.items()})


def _bota(**given: str) -> tuple[Search, Window]:
    return bota.search({name: (text,) for name, text in given.items()})


def _number(it: Recording) -> str:
    assert it.call is not None
    assert it.call.caller is not None
    return it.call.caller.number


def _called(it: Recording) -> str:
    assert it.call is not None
    assert it.call.callee is not None
    return it.call.callee.number


def _call_name(it: Recording) -> str:
    assert it.call is not None
    assert it.call.vendor_id is not None
    return it.call.vendor_id


def _created(it: Recording) -> Search:
    return Search(created_from=it.created_at, created_before=it.created_at + timedelta(days=60))


def _started(days: int) -> Callable[[Recording], Search]:
    def search(it: Recording) -> Search:
        assert it.started_at is not None
        return Search(
            started_from=it.started_at, started_before=it.started_at + timedelta(days=days)
        )

    return search


def _points(samples: Samples) -> Iterator[Ask]:
    for it in samples.everybodys:
        yield lambda tx, it=it: tx.recordings.get(it.account, it.id)  # type: ignore[misc]


def _behind(samples: Samples) -> Iterator[Ask]:
    for it in samples.recordings:
        yield _find(samples.huge, Search(), Window(50, behind=it.id))


def _ahead(samples: Samples) -> Iterator[Ask]:
    for it in samples.recordings:
        yield _find(samples.huge, Search(), Window(50, ahead=it.id))


def _tagged(samples: Samples) -> Iterator[Ask]:
    """Tags that fill a page of a small vault, too: less of a page costs less."""
    for it in samples.recordings:
        for tag in FREQUENT.intersection(it.tags):
            yield _find(samples.huge, _native(tag=tag), Window(50))


def _by_vendor_id(samples: Samples) -> Iterator[Ask]:
    for it in samples.recordings:
        name = _call_name(it)
        yield lambda tx, name=name: tx.calls.by_vendor_id(samples.huge, name)  # type: ignore[misc]


def _of_source(samples: Samples) -> Iterator[Ask]:
    for it in samples.recordings:
        yield lambda tx, it=it: tx.recordings.of_source(samples.huge, it.source_id)  # type: ignore[misc]


def _same_bytes(samples: Samples) -> Iterator[Ask]:
    for it in samples.recordings:
        digest = it.media[0].sha256 if it.media else None
        if digest is not None:
            yield lambda tx, digest=digest: tx.recordings.with_sha256(  # type: ignore[misc]
                samples.huge, digest
            )


def _events(samples: Samples) -> Iterator[Ask]:
    wanted = [
        EventSearch(),
        EventSearch(types=frozenset({"recording.completed"})),
        *(EventSearch(created_before=it.created_at) for it in samples.recordings[:98]),
    ]
    for search in wanted:
        yield lambda tx, search=search: tx.events.find(  # type: ignore[misc]
            samples.huge, search, Window(50)
        )


def _transcripts(samples: Samples) -> Iterator[Ask]:
    for it in samples.recordings:
        search = TranscriptSearch(created_before=it.created_at)
        yield lambda tx, search=search: tx.transcriptions.find(  # type: ignore[misc]
            samples.huge, search, Window(50)
        )


POINTS: Sequence[Work] = (
    Work("recording by id", _points),
    Work("call by the vendor's id", _by_vendor_id),
    Work("recordings of a call or conference", _of_source),
    Work("recording with these bytes", _same_bytes),
)
PAGES: Sequence[Work] = (
    _huge("newest, first page", lambda _: Search()),
    Work("newest, deep page behind one", _behind),
    Work("newest, deep page ahead of one", _ahead),
    _huge(f"newest, {SKIPPED:,} skipped", lambda _: Search(), Window(50, skip=SKIPPED)),
    Work("events", _events),
    Work("transcriptions", _transcripts),
)
FILTERS: Sequence[Work] = (
    _huge("created within 60 days", _created),
    _huge("LaML: with deleted ones", lambda it: Search(deleted_since=it.created_at)),
    _huge("Bird: call", lambda it: bird.search({"id": str(it.source_id)})),
    _huge("Bird: source", lambda it: bird.search({"sourceId": str(it.source_id)})),
    _huge("Bird: from", lambda it: bird.search({"from": _number(it)})),
    _huge("Bird: to", lambda it: bird.search({"to": _called(it)})),
    _huge("Bird: to, rare", lambda _: bird.search({"to": RARE.own_number})),
    _huge("Bird: channel, rare", lambda _: bird.search({"channelId": str(RARE.channel)})),
    _huge("Bird: direction", lambda _: bird.search({"direction": "incoming"})),
    _huge("Bird: status", lambda _: bird.search({"status": "failed"})),
    _huge("native: call by its name", lambda it: _native(call=_call_name(it))),
    _huge("native: number", lambda it: _native(number=_number(it))),
    _huge("native: number, rare", lambda _: _native(number=RARE.number)),
    Work("native: tag", _tagged),
    _huge("native: tag, rare", lambda _: _native(tag=RARE.tag)),
    _huge("native: finding", lambda _: _native(finding="dtmf")),
    _huge("native: finding, rare", lambda _: _native(finding="wrong_speed")),
    _huge("native: shortest, one in six", lambda _: _native(min_duration_ms="400000")),
    _huge("native: shortest, rare", lambda _: _native(min_duration_ms="20000000")),
    _huge("native: started within a day, page of 3", _started(1), Window(3)),
    _huge("native: started within a month", _started(30)),
    _huge("native: started within a year", _started(365)),
    _huge("native: started before", lambda it: Search(started_before=it.started_at)),
    _imported("native: started within a month, imported, page of 5", _started(30), limit=5),
    _imported("native: started within a year, imported", _started(365), limit=50),
    _imported(
        "native: started before, imported",
        lambda it: Search(started_before=it.started_at),
        limit=50,
    ),
    _huge(
        "native: state and number",
        lambda it: replace(_native(number=_number(it)), states=frozenset({State.AVAILABLE})),
    ),
    _huge("Bota: device", lambda it: _bota(device_id=it.device_id or "device-0")[0]),
    _huge("Bota: device, rare", lambda _: _bota(device_id=RARE.device)[0]),
    _huge("Bota: end user, rare", lambda _: _bota(end_user_id=RARE.end_user)[0]),
    _huge("Bota: transcribed", lambda _: _bota(status="completed")[0]),
    _huge("Bota: not transcribed", lambda _: _bota(status="uploaded")[0]),
    _lopsided("Bota: transcribed, rare", _bota(status="completed")[0]),
    _lopsided("Bird: direction, rare", bird.search({"direction": "outgoing"})),
)
WORKS = (*POINTS, *PAGES, *FILTERS)
