"""Jobs as rows: enqueued in any transaction, leased by a worker in one of its own."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from dictabelt.core.ids import AccountId, JobId, new_uuid
from dictabelt.core.job import Ceiling, Job, Leased, Queued
from dictabelt.db.event_tables import jobs
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Query, Row, Runner, Values
from dictabelt.db.values import read_id, read_instant, read_strings, write_id, write_instant
from dictabelt.db.values import write_json as json

_NAMES = [column.name for column in jobs.c]
_TOLD = jobs.c[:-1]
# The fence: of two holders of one job, the row speaks for the one that leased it last.
_FENCE = ("job_account", "job_id", "job_attempt")
_HELD = and_(
    jobs.c.account == bindparam("job_account"),
    jobs.c.id == bindparam("job_id"),
    jobs.c.attempt == bindparam("job_attempt"),
)

# SQLite spells this clause like PostgreSQL.
ADD = Query(
    insert(jobs)
    .values({name: bindparam(name) for name in _NAMES})
    .on_conflict_do_nothing(index_elements=["lock"]),
    *_NAMES,
)
DUE = Query(update(jobs).where(_HELD).values(due_at=bindparam("due")), "due", *_FENCE)
BACK = Query(
    update(jobs).where(_HELD).values(due_at=bindparam("due"), held=false()), "due", *_FENCE
)
DONE = Query(delete(jobs).where(_HELD), *_FENCE)
_IS_DUE: ColumnElement[bool] = jobs.c.due_at <= bindparam("now")
QUEUED = Query(
    select(
        jobs.c.kind,
        func.count(),
        func.sum(case((_IS_DUE, literal_column("1")), else_=literal_column("0"))),
        func.min(jobs.c.due_at),
    ).group_by(jobs.c.kind),
    "now",
)
_ONE: ColumnElement[int] = literal_column("1")
_NONE: ColumnElement[int] = literal_column("0")


@cache
def soonest(kinds: int) -> Query:
    """When the first job comes due out of that many kinds: one look into the index a kind."""
    firsts = [select(func.min(jobs.c.due_at).label("due_at")).where(_of(it)) for it in range(kinds)]
    both = union_all(*firsts).subquery("firsts")
    return Query.of(select(func.min(both.c.due_at)))


# Who counts what is at work must not count at the same time as another.
_TURN = b"leasing "


@cache
def leasing(ceilings: tuple[Ceiling, ...]) -> Query:
    """Takes the job that has been due longest, out of as many kinds, and tells of it."""
    due = _longest_due(tuple(_first(it, of) for it, of in enumerate(ceilings)))
    return Query.of(
        update(jobs)
        .where(tuple_(jobs.c.account, jobs.c.id) == due.scalar_subquery())
        .values(attempt=jobs.c.attempt + _ONE, due_at=bindparam("until"), held=true())
        .returning(*_TOLD),
        turn=_TURN if any(it != Ceiling() for it in ceilings) else None,
    )


@cache
def leasable(ceilings: tuple[Ceiling, ...]) -> Query:
    """What `leasing` would take, without taking it."""
    return Query.of(_longest_due(tuple(_open(it, of) for it, of in enumerate(ceilings))))


def _longest_due(firsts: tuple[Select[Any], ...]) -> Select[Any]:
    parts = [it.subquery(f"first_{number}") for number, it in enumerate(firsts)]
    each = union_all(*(select(it) for it in parts)).subquery("each")
    ordered = select(each.c.account, each.c.id).order_by(each.c.due_at, each.c.id)
    return ordered.limit(_ONE).offset(_NONE)


def _of(number: int) -> ColumnElement[bool]:
    return jobs.c.kind == bindparam(f"kind_{number}")


def _first(number: int, ceiling: Ceiling) -> Select[Any]:
    """On PostgreSQL none that is being leased."""
    return _open(number, ceiling).with_for_update(skip_locked=True, of=jobs)


def _open(number: int, ceiling: Ceiling) -> Select[Any]:
    """The first of one kind, however many of the others are due, that its ceiling leaves room."""
    room = list(_room(number, ceiling))
    return (
        select(jobs.c.account, jobs.c.id, jobs.c.due_at)
        .where(_of(number), jobs.c.due_at <= bindparam("now"), *room)
        .order_by(jobs.c.due_at, jobs.c.id)
        .limit(_ONE)
        .offset(_NONE)
    )


def _room(number: int, ceiling: Ceiling) -> Iterator[ColumnElement[bool]]:
    """What nobody keeps any more is not at work."""
    other = jobs.alias(f"other_{number}")
    at_work = and_(
        other.c.kind == bindparam(f"kind_{number}"),
        other.c.held,
        other.c.due_at > bindparam("now"),
    )
    if ceiling.everywhere is not None:
        count = select(func.count()).select_from(other).where(at_work).scalar_subquery()
        yield count < literal_column(str(ceiling.everywhere))
    if ceiling.of_account is not None:
        full = select(other.c.account).where(at_work).group_by(other.c.account)
        enough = func.count() >= literal_column(str(ceiling.of_account))
        yield jobs.c.account.not_in(full.having(enough))


def _given(query: Query, kinds: tuple[str, ...], **more: object) -> Values:
    given = {**more, **{f"kind_{number}": it for number, it in enumerate(kinds)}}
    return tuple([given[name] for name in query.names])


def leased_of(row: Row) -> Leased:
    """The leased job that a row tells of."""
    account, id, kind, payload, due_at, lock, attempt = row
    job = Job(
        kind=kind,
        account=AccountId(read_id(account)),
        payload=read_strings(payload),
        due_at=read_instant(due_at),
        lock=lock,
    )
    return Leased(JobId(read_id(id)), job, attempt, job.due_at)


class Jobs:
    """Jobs in one transaction; `stir` hears of each that is added."""

    def __init__(self, runner: Runner, stir: Callable[[], None]) -> None:
        self._runner = runner
        self._stir = stir

    async def add(self, account: AccountId, job: Job) -> None:
        """Does nothing where a job has its lock."""
        same_account(account, job.account)
        row = (
            write_id(account),
            write_id(new_uuid()),
            job.kind,
            json(job.payload),
            write_instant(job.due_at),
            job.lock,
            0,
            False,
        )
        if await self._runner.touch(ADD, row):
            self._stir()

    async def lease(
        self, kinds: Mapping[str, Ceiling], *, now: datetime, until: datetime
    ) -> Leased | None:
        """The job that has been due longest at `now`, held until then."""
        query = leasing(tuple(kinds.values()))
        given = _given(query, tuple(kinds), until=write_instant(until), now=write_instant(now))
        rows = await self._runner.rows(query, given)
        return leased_of(rows[0]) if rows else None

    async def leasable(self, kinds: Mapping[str, Ceiling], *, now: datetime) -> bool:
        """Whether `lease` would give one."""
        query = leasable(tuple(kinds.values()))
        given = _given(query, tuple(kinds), now=write_instant(now))
        return bool(await self._runner.rows(query, given))

    async def due(self, it: Leased, at: datetime) -> bool:
        """Moves the end of the lease; whether `it` is still the holder's."""
        return await self._runner.touch(DUE, (write_instant(at), *_held(it))) > 0

    async def back(self, it: Leased, at: datetime) -> bool:
        """Nobody holds the job until its next attempt; whether `it` was still the holder's."""
        return await self._runner.touch(BACK, (write_instant(at), *_held(it))) > 0

    async def done(self, it: Leased) -> bool:
        """Forgets the job; whether `it` was still the holder's."""
        return await self._runner.touch(DONE, _held(it)) > 0

    def room(self) -> None:
        """There is room for another job: who waits looks again."""
        self._stir()

    async def soonest(self, kinds: tuple[str, ...]) -> datetime | None:
        """When the next job of these kinds comes due."""
        query = soonest(len(kinds))
        [(at,)] = await self._runner.rows(query, _given(query, kinds))
        return None if at is None else read_instant(at)

    async def queued(self, now: datetime) -> tuple[Queued, ...]:
        """All jobs by kind, as they stand at `now`."""
        rows = await self._runner.search(QUEUED, (write_instant(now),))
        return tuple(_queued(row, now) for row in rows)


def _queued(row: Row, now: datetime) -> Queued:
    kind, count, due, first = row
    oldest = max((now - read_instant(first)).total_seconds(), 0.0)
    return Queued(kind, due=due, later=count - due, oldest_seconds=oldest)


def _held(it: Leased) -> tuple[bytes, bytes, int]:
    return write_id(it.job.account), write_id(it.id), it.attempt
