"""Recordings in progress: started on a call that is being recorded, paused, resumed, stopped."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from dictabelt.core.access import require
from dictabelt.core.errors import Conflict, NotFound, NotLive
from dictabelt.core.events import TOLD, announce
from dictabelt.core.ids import CallId, RecordingId
from dictabelt.core.ingest import begun, fresh
from dictabelt.core.nouns import Known, Principal, Recording, Scope, State
from dictabelt.core.ports import Database, Reading, Writing
from dictabelt.core.recordings import ANYWHERE, LIVE, Within, found, refuse_elsewhere
from dictabelt.core.search import Search, Window
from dictabelt.core.webhook import EventType

# From which states a live recording may go where.
_STEPS: Mapping[State, tuple[State, ...]] = {
    State.PAUSED: (State.IN_PROGRESS,),
    State.IN_PROGRESS: (State.PAUSED,),
    State.PROCESSING: (State.IN_PROGRESS, State.PAUSED),
}
_ENDS = (State.ABSENT, State.FAILED)
# More recordings of one call at once than anybody makes.
_MANY = 1000


def steered(it: Recording, to: State, *, now: datetime) -> Recording:
    """The recording in its next state; asking for the state it has changes nothing.

    Raises NotLive when it is not in progress.
    """
    if it.state is to and to in LIVE:
        return it
    if it.state not in _STEPS[to]:
        raise NotLive("the recording is not in progress")
    ended = now if to is State.PROCESSING else it.ended_at
    return replace(it, state=to, ended_at=ended, updated_at=now)


async def live_on(tx: Reading | Writing, who: Principal, within: Within) -> tuple[Recording, ...]:
    """Recordings in progress, newest first, of that call or conference."""
    search = Search(call=within.call, conference=within.conference, states=frozenset(LIVE))
    return (await tx.recordings.find(who.account, search, Window(_MANY))).items


class Live:
    """Use-cases on recordings whose call is not over."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def start(self, who: Principal, call: UUID, known: Known) -> Recording:
        """One more recording of a call that the vault records now. Raises Forbidden, NotLive.

        On a channel, where `known` names one.
        """
        require(who, Scope.WRITE)
        within = Within(call=call, channel=known.channel)
        async with self._db.write() as tx:
            if not any(within.has(it) for it in await live_on(tx, who, within)):
                raise NotLive("the call is not in progress, or is not recorded here")
            one = await tx.calls.get(who.account, CallId(call))
            began = replace(known, started_at=known.started_at or tx.now)
            recording = fresh(tx, who, began, state=State.IN_PROGRESS, call=one)
            return await begun(tx, who, recording)

    async def steer(
        self, who: Principal, id: RecordingId, to: State, *, within: Within = ANYWHERE
    ) -> Recording:
        """To PAUSED, back to IN_PROGRESS, or stopped: PROCESSING until its media comes.

        Raises Forbidden, NotFound, NotLive; NotLive too for an unknown
        recording of a call on which none is in progress.
        """
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            recording = await self._one(tx, who, id, within=within)
            return await self._go(tx, who, recording, to=to)

    async def steer_current(self, who: Principal, to: State, *, within: Within) -> Recording:
        """As `steer`, for the one recording in progress. Raises Conflict when there are several."""
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            live = await live_on(tx, who, within)
            if not live:
                raise NotLive("the call is not in progress, or is not recorded here")
            if len(live) > 1:
                raise Conflict("several recordings are in progress; name one by its id")
            return await self._go(tx, who, live[0], to=to)

    async def end(
        self, who: Principal, id: RecordingId, state: State, *, error_code: str | None = None
    ) -> Recording:
        """Says that no media will come: ABSENT or FAILED. Raises Forbidden, NotFound, Conflict."""
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            recording = await found(tx, who, id)
            if state not in _ENDS or recording.audio is not None:
                raise Conflict("only a recording without media can be absent or failed")
            ended = recording.ended_at or (tx.now if recording.started_at else None)
            over = replace(
                recording, state=state, error_code=error_code, ended_at=ended, updated_at=tx.now
            )
            await tx.recordings.put(who.account, over)
            await announce(tx, TOLD[state], over)
        return over

    async def _one(
        self, tx: Writing, who: Principal, id: RecordingId, *, within: Within
    ) -> Recording:
        try:
            recording = await found(tx, who, id)
            refuse_elsewhere(recording, within)
        except NotFound:
            if within == ANYWHERE or await live_on(tx, who, within):
                raise
            raise NotLive("the call is not in progress, or is not recorded here") from None
        return recording

    async def _go(
        self, tx: Writing, who: Principal, recording: Recording, *, to: State
    ) -> Recording:
        moved = steered(recording, to, now=tx.now)
        if moved is not recording:
            resumed = recording.state is State.PAUSED and to is State.IN_PROGRESS
            await tx.recordings.put(who.account, moved)
            await announce(tx, EventType.RESUMED if resumed else TOLD[to], moved)
        return moved
