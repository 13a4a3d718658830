"""Recordings as rows, with their call and media; deleted ones are not there."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

from dictabelt.core.errors import NotFound
from dictabelt.core.ids import AccountId, CallId, RecordingId
from dictabelt.core.media import Media
from dictabelt.core.nouns import Recording
from dictabelt.core.search import Page, Search, Window
from dictabelt.db import recording_queries as queries
from dictabelt.db import search as searches
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Row, Runner
from dictabelt.db.recording_rows import media_row, recording_row, recordings_of, tag_rows
from dictabelt.db.search_queries import statement
from dictabelt.db.values import write_id, write_instant


def _first(account: AccountId, rows: list[Row]) -> Recording | None:
    return recordings_of(account, rows)[0] if rows else None


def _all(account: AccountId, rows: list[Row]) -> tuple[Recording, ...]:
    return tuple(recordings_of(account, rows))


class Recordings:
    """Recordings in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(
        self, account: AccountId, id: RecordingId, deleted_since: datetime | None = None
    ) -> Recording | None:
        """Or the one that was deleted at that instant or later."""
        own = (write_id(account), write_id(id))
        if deleted_since is None:
            return await self._runner.made(queries.GET, own, of=partial(_first, account))
        values = (*own, write_instant(deleted_since))
        return _first(account, await self._runner.rows(queries.GET_DELETED_SINCE, values))

    async def of_call(self, account: AccountId, call: CallId) -> list[Recording]:
        """Newest first."""
        values = (write_id(account), write_id(call))
        return list(await self._runner.made(queries.OF_CALL, values, of=partial(_all, account)))

    async def of_source(self, account: AccountId, source: UUID) -> list[Recording]:
        """Those whose `source_id` it is, newest first."""
        rows = await self._runner.rows(queries.OF_SOURCE, (write_id(account), write_id(source)))
        return recordings_of(account, rows)

    async def with_sha256(self, account: AccountId, sha256: str) -> Recording | None:
        """The oldest one that has a media of these bytes."""
        own = write_id(account)
        rows = await self._runner.rows(queries.WITH_SHA256, (own, own, sha256))
        return _first(account, rows)

    async def find(self, account: AccountId, search: Search, window: Window) -> Page[Recording]:
        """One page of those that all conditions hold for; deleted ones only where asked for."""
        given = {it for it in (window.behind, window.ahead) if it is not None}
        places = await self._places(account, given)
        if len(places) < len(given):
            return Page((), more=False)
        behind, ahead = (places.get(it) for it in (window.behind, window.ahead))
        said = searches.asked(search, behind=behind, ahead=ahead)
        query = statement(frozenset(said), searches.first(window))
        run = self._runner.rows if searches.in_order(said, window) else self._runner.search
        rows = await run(query, searches.values(query, account, said=said, window=window))
        return searches.page(account, rows, window)

    async def newest(
        self, account: AccountId, limit: int, before: RecordingId | None
    ) -> list[Recording]:
        """At most `limit`, newest first, those behind `before`; none when it is not the account's.

        `before` may have been deleted since it was seen.
        """
        page = await self.find(account, Search(), Window(limit, behind=before))
        return list(page.items)

    async def add(self, account: AccountId, recording: Recording) -> None:
        """With its media; its call is there before. Raises Conflict."""
        same_account(account, recording.account)
        await self._runner.touch(queries.ADD, recording_row(account, recording))
        for it in recording.media:
            await self._add_media((write_id(account), write_id(recording.id)), it)
        await self._add_tags(account, recording)

    async def put(self, account: AccountId, recording: Recording) -> None:
        """Everything but the media and the instant of creation. Raises Conflict or NotFound."""
        same_account(account, recording.account)
        own, id, _created_at, *mutable = recording_row(account, recording)
        if not await self._runner.touch(queries.CHANGE, (*mutable, own, id)):
            raise NotFound("no such recording")
        await self._runner.touch(queries.FORGET_TAGS, (own, id))
        await self._add_tags(account, recording)

    async def put_media(self, account: AccountId, id: RecordingId, media: Media) -> None:
        """In place of the one of its id, else behind the others. Raises Conflict or NotFound."""
        media_id, _created_at, *mutable = media_row(media)
        own = (write_id(account), write_id(id))
        if not await self._runner.touch(queries.CHANGE_MEDIA, (*mutable, *own, media_id, *own)):
            await self._add_media(own, media)

    async def forget_media(self, account: AccountId, id: RecordingId) -> None:
        """Removes every media of the recording; that there is none is no error.

        Their renditions are forgotten before. Raises Conflict when they are not.
        """
        await self._runner.touch(queries.FORGET_MEDIA, (write_id(account), write_id(id)))

    async def _places(
        self, account: AccountId, ids: Iterable[UUID]
    ) -> dict[UUID | None, searches.Place]:
        """Where each is among the account's, deleted ones too; those not there are left out."""
        own = write_id(account)
        rows = {it: await self._runner.rows(queries.PLACE, (own, write_id(it))) for it in ids}
        return {it: (found[0][0], found[0][1]) for it, found in rows.items() if found}

    async def _add_tags(self, account: AccountId, recording: Recording) -> None:
        for row in tag_rows(account, recording):
            await self._runner.touch(queries.ADD_TAG, row)

    async def _add_media(self, own: tuple[bytes, bytes], media: Media) -> None:
        if not await self._runner.touch(queries.ADD_MEDIA, (*own, *media_row(media), *own)):
            raise NotFound("no such recording")
