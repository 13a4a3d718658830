"""Events on their way: to whom they go, when they are tried again, what is never sent."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

import pytest

from assembly import Assembly
from clocks import Clock
from dictabelt.core.deliveries import DELIVER, Office, next_pause
from dictabelt.core.events import PUBLISH
from dictabelt.core.hooks import Wish
from dictabelt.core.ids import EventId, JobId
from dictabelt.core.ingest import Upload
from dictabelt.core.job import Job, Leased
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Known, Link, Terms
from dictabelt.core.search import EventSearch, Window
from dictabelt.core.transcriptions import Spoken
from dictabelt.core.webhook import (
    Address,
    Correspondent,
    Delivery,
    DeliveryState,
    Event,
    EventType,
    Letter,
    Notice,
    Patience,
    Receipt,
    Schedule,
)
from sounds import chunks, tone
from stocked import Tenant

PATIENCE = Patience(*[timedelta(seconds=5)] * 3)
PAUSES = (timedelta(seconds=1), timedelta(minutes=1))
PERSISTENT = Schedule(PAUSES, PATIENCE, acknowledges=lambda status: status == 200)


@dataclass
class Mailbag:
    """Carries letters into a list, and gives the receipts that it was told to give."""

    receipts: list[Receipt] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)

    async def send(self, letter: Letter, patience: Patience) -> Receipt:
        assert patience is PATIENCE
        self.letters.append(letter)
        return self.receipts.pop(0) if self.receipts else Receipt(200)


def plain(it: Notice) -> Letter:
    """A letter that shows what the notice says."""
    secret = it.hook.secret if it.hook else it.signing_key
    return Letter("POST", it.delivery.url, {"secret": secret}, (it.media_url or "").encode())


CLERK = Correspondent(
    words={EventType.COMPLETED: "done", EventType.DELETED: "gone"},
    letter=plain,
    schedule=lambda _: PERSISTENT,
)


@pytest.fixture
def bag() -> Mailbag:
    return Mailbag()


@pytest.fixture
def office(bag: Mailbag) -> Callable[..., Office]:
    def made(clerk: Correspondent = CLERK) -> Office:
        def sign(link: Link, dialect: str) -> str:
            return f"{dialect}:{link.recording}"

        return Office({"test": clerk}, bag, "http://vault.test", sign)

    return made


async def completed(here: Assembly, tenant: Tenant) -> Event:
    """The event of a new recording of ours."""
    upload = Upload(chunks(tone(0.3, 333)))
    it = (await here.vault.ingest.add(tenant.owner, upload, Known())).recording
    search = EventSearch(recording=it.id, types=frozenset({EventType.COMPLETED}))
    return (await here.vault.events.find(tenant.owner, search, Window(1))).items[0]


def leased(here: Assembly, kind: str, **payload: str) -> Leased:
    job = Job(kind, here.ours.account.id, payload, due_at=here.ours.account.created_at)
    return Leased(JobId(uuid4()), job, 1, job.due_at)


async def published(here: Assembly, office: Office, event: EventId, **more: str) -> list[Delivery]:
    await here.vault.deliveries.publish(leased(here, PUBLISH, event=str(event), **more), office)
    return await here.vault.events.deliveries(here.ours.owner, event)


async def hook(here: Assembly, tenant: Tenant, url: str = "http://a.test/x", *words: str) -> None:
    wish = Wish("test", url, frozenset(words or {"*"}), secret="s3cret")
    await here.vault.hooks.add(tenant.owner, wish)


async def attempt(here: Assembly, office: Office, it: Delivery) -> timedelta | None:
    job = leased(here, DELIVER, delivery=str(it.id))
    return await here.vault.deliveries.deliver(job, office)


async def test_a_hook_hears_of_what_it_asked_for_and_nobody_elses_hook_does(
    here: Assembly, office: Callable[..., Office], bag: Mailbag
) -> None:
    await hook(here, here.ours, "http://a.test/all")
    await hook(here, here.ours, "http://a.test/done", "done")
    await hook(here, here.ours, "http://a.test/gone", "gone")
    await hook(here, here.theirs, "http://theirs.test/all")
    event = await completed(here, here.ours)
    sent = await published(here, office(), event.id)
    assert sorted(it.url for it in sent) == ["http://a.test/all", "http://a.test/done"]
    for it in sent:
        assert await attempt(here, office(), it) is None
    assert [it.headers["secret"] for it in bag.letters] == ["s3cret", "s3cret"]
    after = await here.vault.events.deliveries(here.ours.owner, event.id)
    assert {(it.state, it.status, it.attempts) for it in after} == {
        (DeliveryState.DELIVERED, 200, 1)
    }


async def test_publishing_twice_delivers_once(
    here: Assembly, office: Callable[..., Office], bag: Mailbag
) -> None:
    await hook(here, here.ours)
    event = await completed(here, here.ours)
    first = await published(here, office(), event.id)
    assert await published(here, office(), event.id) == first
    assert len(first) == 1
    await attempt(here, office(), first[0])
    assert await attempt(here, office(), first[0]) is None
    assert len(bag.letters) == 1


async def test_a_hook_hears_nothing_of_what_was_before_it_unless_it_is_told_again(
    here: Assembly, office: Callable[..., Office], clock: Clock
) -> None:
    event = await completed(here, here.ours)
    clock.forward(timedelta(seconds=1))
    await hook(here, here.ours)
    assert await published(here, office(), event.id) == []
    assert len(await published(here, office(), event.id, again="yes")) == 1


async def test_an_event_without_a_word_in_the_dialect_goes_nowhere(
    here: Assembly, office: Callable[..., Office]
) -> None:
    await hook(here, here.ours)
    await completed(here, here.ours)
    search = EventSearch(types=frozenset({EventType.CREATED}))
    page = await here.vault.events.find(here.ours.owner, search, Window(1))
    assert await published(here, office(), page.items[0].id) == []


async def test_a_callback_that_the_recording_carries_is_signed_with_the_accounts_own_key(
    here: Assembly, office: Callable[..., Office], bag: Mailbag
) -> None:
    clerk = replace(CLERK, callbacks=lambda _: (Address("http://b.test/cb", {"method": "GET"}),))
    event = await completed(here, here.ours)
    [it] = await published(here, office(clerk), event.id)
    assert (it.hook, it.address) == (None, {"method": "GET"})
    await attempt(here, office(clerk), it)
    key = here.vault.hooks.signing_key(here.ours.owner)
    assert bag.letters[0].headers["secret"] == key
    assert key.startswith("PSK_")
    assert key != here.vault.hooks.signing_key(here.theirs.owner)


async def test_what_is_not_taken_is_tried_again_as_the_schedule_says(
    here: Assembly, office: Callable[..., Office], bag: Mailbag, clock: Clock
) -> None:
    await hook(here, here.ours)
    event = await completed(here, here.ours)
    [it] = await published(here, office(), event.id)
    bag.receipts = [Receipt(500), Receipt(None, "connection refused"), Receipt(302)]
    assert [await attempt(here, office(), it) for _ in range(3)] == [*PAUSES, None]
    [after] = await here.vault.events.deliveries(here.ours.owner, event.id)
    assert (after.state, after.attempts, after.status) == (DeliveryState.FAILED, 3, 302)
    assert after.updated_at == clock.now


async def test_a_receipt_without_hope_ends_it(
    here: Assembly, office: Callable[..., Office], bag: Mailbag
) -> None:
    hopeless = replace(PERSISTENT, hopeless=lambda it: it.status == 410)
    clerk = replace(CLERK, schedule=lambda _: hopeless)
    await hook(here, here.ours)
    event = await completed(here, here.ours)
    [it] = await published(here, office(clerk), event.id)
    bag.receipts = [Receipt(410)]
    assert await attempt(here, office(clerk), it) is None
    [after] = await here.vault.events.deliveries(here.ours.owner, event.id)
    assert after.state is DeliveryState.FAILED


async def test_a_hook_that_was_removed_hears_nothing_more(
    here: Assembly, office: Callable[..., Office], bag: Mailbag
) -> None:
    await hook(here, here.ours)
    event = await completed(here, here.ours)
    [it] = await published(here, office(), event.id)
    assert it.hook is not None
    await here.vault.hooks.remove(here.ours.owner, it.hook, dialect="test")
    assert await attempt(here, office(), it) is None
    assert bag.letters == []
    [after] = await here.vault.events.deliveries(here.ours.owner, event.id)
    assert (after.state, after.error) == (
        DeliveryState.FAILED,
        "the webhook was deleted or disabled",
    )


async def test_an_event_can_be_sent_again_to_those_who_had_it(
    here: Assembly, office: Callable[..., Office], bag: Mailbag
) -> None:
    await hook(here, here.ours)
    event = await completed(here, here.ours)
    [it] = await published(here, office(), event.id)
    await attempt(here, office(), it)
    [again] = await published(here, office(), event.id, again="yes")
    assert (again.id, again.state, again.attempts) == (it.id, DeliveryState.PENDING, 0)
    await attempt(here, office(), again)
    assert len(bag.letters) == 2


async def test_a_link_goes_along_where_the_dialect_sends_one_and_there_is_sound(
    here: Assembly, office: Callable[..., Office], bag: Mailbag
) -> None:
    clerk = replace(CLERK, terms=Terms(Variant(Form.MP3), timedelta(hours=1)))
    await hook(here, here.ours)
    event = await completed(here, here.ours)
    [it] = await published(here, office(clerk), event.id)
    await attempt(here, office(clerk), it)
    assert bag.letters[0].body == f"test:{event.recording.id}".encode()
    await here.vault.recordings.delete(here.ours.owner, event.recording.id)
    [again] = await published(here, office(clerk), event.id, again="yes")
    await attempt(here, office(clerk), again)
    assert bag.letters[1].body == b""


@pytest.mark.parametrize(
    ("attempts", "status", "pause"),
    [(1, 200, None), (1, 503, PAUSES[0]), (2, 503, PAUSES[1]), (3, 503, None), (4, None, None)],
)
def test_pauses(attempts: int, status: int | None, pause: timedelta | None) -> None:
    assert next_pause(PERSISTENT, attempts, receipt=Receipt(status)) == pause


async def test_words_that_were_deleted_are_told_to_nobody(
    here: Assembly, office: Callable[..., Office], bag: Mailbag
) -> None:
    clerk = replace(CLERK, words={EventType.TRANSCRIPTION_COMPLETED: "said"})
    await hook(here, here.ours)
    call, owner = here.ours.recordings["call"], here.ours.owner
    words = await here.vault.transcriptions.write(owner, call.id, Spoken("en-GB", text="Secret"))
    search = EventSearch(types=frozenset({EventType.TRANSCRIPTION_COMPLETED}))
    [event] = (await here.vault.events.find(owner, search, Window(1))).items
    [it] = await published(here, office(clerk), event.id)
    await here.vault.transcriptions.delete(owner, words.id)
    assert (await here.vault.events.get(owner, event.id)).transcription is None
    assert await attempt(here, office(clerk), it) is None
    assert bag.letters == []
    [after] = await here.vault.events.deliveries(owner, event.id)
    assert (after.state, after.error) == (DeliveryState.FAILED, "the transcription was deleted")


async def test_a_hook_that_is_switched_off_hears_nothing(
    here: Assembly, office: Callable[..., Office]
) -> None:
    await hook(here, here.ours)
    [it] = await here.vault.hooks.all(here.ours.owner)
    await here.vault.hooks.change(here.ours.owner, replace(it, enabled=False))
    event = await completed(here, here.ours)
    assert await published(here, office(), event.id) == []
