"""Events: what happened, written down in the transaction in which it happens; read later."""

from dictabelt.core.access import require
from dictabelt.core.errors import NotFound
from dictabelt.core.ids import EventId, new_uuid
from dictabelt.core.job import Job
from dictabelt.core.nouns import Principal, Recording, Scope, State
from dictabelt.core.ports import Database, Writing
from dictabelt.core.search import EventSearch, Page, Window
from dictabelt.core.transcript import Transcription
from dictabelt.core.webhook import Delivery, Event, EventType

PUBLISH = "publish"
# What a recording's new state is called when it is told.
TOLD = {
    State.IN_PROGRESS: EventType.IN_PROGRESS,
    State.PAUSED: EventType.PAUSED,
    State.PROCESSING: EventType.STOPPED,
    State.AVAILABLE: EventType.COMPLETED,
    State.ABSENT: EventType.ABSENT,
    State.FAILED: EventType.FAILED,
}


async def announce(
    tx: Writing,
    type: EventType,
    recording: Recording,
    *,
    transcription: Transcription | None = None,
) -> None:
    """Writes the event and the job that tells of it; both live and die with the change."""
    account = recording.account
    event = Event(
        id=EventId(new_uuid()),
        account=account,
        type=type,
        created_at=tx.now,
        recording=recording,
        transcription=transcription,
    )
    await tx.events.add(account, event)
    await tx.jobs.add(account, Job(PUBLISH, account, {"event": str(event.id)}, due_at=tx.now))


class Events:
    """Use-cases of those who look at what happened."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, who: Principal, search: EventSearch, window: Window) -> Page[Event]:
        """Newest first. Raises Forbidden."""
        require(who, Scope.READ)
        async with self._db.survey() as tx:
            return await tx.events.find(who.account, search, window)

    async def get(self, who: Principal, id: EventId) -> Event:
        """Raises Forbidden, NotFound."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            event = await tx.events.get(who.account, id)
        if event is None:
            raise NotFound("no such event")
        return event

    async def deliveries(self, who: Principal, id: EventId) -> list[Delivery]:
        """To whom an event went, and what came of it. Raises Forbidden, NotFound."""
        await self.get(who, id)
        async with self._db.read() as tx:
            return await tx.deliveries.of(who.account, id)

    async def resend(self, who: Principal, id: EventId) -> None:
        """Tells of the event anew: to receivers that have it too. Raises Forbidden, NotFound."""
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            if await tx.events.get(who.account, id) is None:
                raise NotFound("no such event; `dictabelt events list` shows them")
            job = Job(PUBLISH, who.account, {"event": str(id), "again": "yes"}, due_at=tx.now)
            await tx.jobs.add(who.account, job)
