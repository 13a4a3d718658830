"""Telling others: an event becomes deliveries, a delivery becomes letters until one is taken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from dictabelt.core.access import Access
from dictabelt.core.errors import NotFound
from dictabelt.core.hooks import signing_key
from dictabelt.core.ids import DeliveryId, EventId, new_uuid
from dictabelt.core.job import Job, Leased
from dictabelt.core.links import Links
from dictabelt.core.nouns import Link
from dictabelt.core.ports import Database, Post, Writing
from dictabelt.core.webhook import (
    Correspondent,
    Delivery,
    DeliveryState,
    Event,
    EventType,
    Hook,
    Notice,
    Receipt,
    Schedule,
)

DELIVER = "deliver"
# Events that say nothing without the words they are about.
OF_WORDS = (
    EventType.TRANSCRIPTION_REQUESTED,
    EventType.TRANSCRIPTION_COMPLETED,
    EventType.TRANSCRIPTION_FAILED,
)


@dataclass(frozen=True, slots=True)
class Office:
    """What letters need of the outside: who writes them, who carries them, what URLs say.

    `base` is scheme and host under which clients reach this server; `sign`
    makes a URL of a link in a dialect's layout.
    """

    correspondents: Mapping[str, Correspondent]
    post: Post
    base: str
    sign: Callable[[Link, str], str]


def addressed(event: Event, hooks: list[Hook], *, office: Office, now: datetime) -> list[Delivery]:
    """Who hears of the event: hooks that asked for it, and callbacks of its recording."""
    to: list[Delivery] = []
    for name, it in office.correspondents.items():
        word = it.words.get(event.type)
        if word is None:
            continue
        to += [
            replace(_delivery(event, name, url=hook.url, now=now), hook=hook.id)
            for hook in hooks
            if hook.dialect == name and hook.enabled
            if hook.events & {"*", word} and it.wants(hook, event)
        ]
        to += [
            replace(_delivery(event, name, url=callback.url, now=now), address=callback.details)
            for callback in it.callbacks(event)
        ]
    return to


def next_pause(schedule: Schedule, attempts: int, *, receipt: Receipt) -> timedelta | None:
    """How long to wait for the next attempt after `attempts` of them; None for no more."""
    if receipt.status is not None and schedule.acknowledges(receipt.status):
        return None
    if attempts > len(schedule.pauses) or schedule.hopeless(receipt):
        return None
    return schedule.pauses[attempts - 1]


class Deliveries:
    """The work of jobs PUBLISH and DELIVER; either may be done twice without harm."""

    def __init__(self, db: Database, access: Access, *, links: Links, pepper: bytes) -> None:
        self._db = db
        self._access = access
        self._links = links
        self._pepper = pepper

    async def publish(self, leased: Leased, office: Office) -> None:
        """Makes a delivery, and its job, for each who should hear of the event."""
        account, payload = leased.job.account, leased.job.payload
        async with self._db.write() as tx:
            event = await tx.events.get(account, EventId(UUID(payload["event"])))
            if event is None:
                return
            again = "again" in payload
            # A hook hears of what happened since it is there, unless it is told once more.
            hooks = [
                it
                for it in await tx.hooks.of(account)
                if again or it.created_at <= event.created_at
            ]
            for it in addressed(event, hooks, office=office, now=tx.now):
                if await tx.deliveries.add(account, it):
                    await _enqueue(tx, it)
                elif again:
                    await self._anew(tx, it)

    async def deliver(self, leased: Leased, office: Office) -> timedelta | None:
        """One attempt; how long until the next, None when it was the last."""
        id = DeliveryId(UUID(leased.job.payload["delivery"]))
        notice = await self._notice(leased, id, office)
        if notice is None:
            return None
        writer = office.correspondents[notice.delivery.dialect]
        schedule = writer.schedule(notice.delivery)
        receipt = await office.post.send(writer.letter(notice), schedule.patience)
        async with self._db.write() as tx:
            delivery = await tx.deliveries.get(leased.job.account, id)
            if delivery is None or delivery.state is not DeliveryState.PENDING:
                return None
            done = _after(delivery, receipt, schedule, now=tx.now)
            await tx.deliveries.put(leased.job.account, done)
        return next_pause(schedule, done.attempts, receipt=receipt)

    async def _notice(self, leased: Leased, id: DeliveryId, office: Office) -> Notice | None:
        account = leased.job.account
        async with self._db.read() as tx:
            delivery = await tx.deliveries.get(account, id)
            if delivery is None or delivery.state is not DeliveryState.PENDING:
                return None
            event = await tx.events.get(account, delivery.event)
            hook = None if delivery.hook is None else await tx.hooks.get(account, delivery.hook)
            now = tx.now
        reason = _hopeless(event, delivery, hook=hook, office=office)
        if event is None or reason is not None:
            await self._give_up(leased, delivery, reason=reason or "the event is gone")
            return None
        return Notice(
            event=event,
            delivery=delivery,
            hook=hook,
            now=now,
            first_sent_at=delivery.created_at,
            base=office.base,
            signing_key=signing_key(self._pepper, account),
            media_url=await self._media_url(event, delivery, office),
        )

    async def _media_url(self, event: Event, delivery: Delivery, office: Office) -> str | None:
        terms = office.correspondents[delivery.dialect].terms
        if terms is None:
            return None
        who = self._access.system(event.account)
        try:
            linked = await self._links.with_recording(who, event.recording.id, terms)
        except NotFound:
            return None
        return office.sign(linked.link, delivery.dialect) if linked.link else None

    async def _give_up(self, leased: Leased, delivery: Delivery, *, reason: str) -> None:
        async with self._db.write() as tx:
            over = replace(
                delivery,
                state=DeliveryState.FAILED,
                error=reason,
                updated_at=tx.now,
            )
            await tx.deliveries.put(leased.job.account, over)

    async def _anew(self, tx: Writing, it: Delivery) -> None:
        for known in await tx.deliveries.of(it.account, it.event):
            same = (known.dialect, known.hook, known.url) == (it.dialect, it.hook, it.url)
            if same or (known.hook is not None and known.hook == it.hook):
                fresh = replace(it, id=known.id, created_at=known.created_at, updated_at=tx.now)
                await tx.deliveries.put(it.account, fresh)
                await _enqueue(tx, fresh)
                return


def _hopeless(
    event: Event | None, delivery: Delivery, *, hook: Hook | None, office: Office
) -> str | None:
    """Why a letter cannot be written any more, if it cannot."""
    if delivery.hook is not None and (hook is None or not hook.enabled):
        return "the webhook was deleted or disabled"
    if delivery.dialect not in office.correspondents:
        return f"nobody writes letters in {delivery.dialect}"
    if event is not None and event.type in OF_WORDS and event.transcription is None:
        return "the transcription was deleted"
    return None


async def _enqueue(tx: Writing, it: Delivery) -> None:
    # The lock: a delivery that is on its way already is not sent on a second way.
    job = Job(
        DELIVER,
        it.account,
        {"delivery": str(it.id)},
        due_at=tx.now,
        lock=f"{DELIVER}:{it.account}:{it.id}",
    )
    await tx.jobs.add(it.account, job)


def _delivery(event: Event, dialect: str, *, url: str, now: datetime) -> Delivery:
    return Delivery(
        id=DeliveryId(new_uuid()),
        account=event.account,
        event=event.id,
        dialect=dialect,
        url=url,
        created_at=now,
    )


def _after(it: Delivery, receipt: Receipt, schedule: Schedule, *, now: datetime) -> Delivery:
    attempts = it.attempts + 1
    taken = receipt.status is not None and schedule.acknowledges(receipt.status)
    over = next_pause(schedule, attempts, receipt=receipt) is None
    state = DeliveryState.DELIVERED if taken else DeliveryState.PENDING
    if over and not taken:
        state = DeliveryState.FAILED
    return replace(
        it,
        state=state,
        attempts=attempts,
        status=receipt.status,
        error=receipt.error,
        updated_at=now,
    )
