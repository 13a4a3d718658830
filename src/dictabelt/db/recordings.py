"""Recordings as rows, with their call and media; deleted ones are not there."""

from uuid import UUID

from dictabelt.core.errors import NotFound
from dictabelt.core.ids import AccountId, CallId, RecordingId
from dictabelt.core.nouns import Media, Recording
from dictabelt.db import recording_queries as queries
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Runner
from dictabelt.db.recording_rows import media_row, recording_row, recordings_of
from dictabelt.db.values import write_id


class Recordings:
    """Recordings in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, account: AccountId, id: RecordingId) -> Recording | None:
        rows = await self._runner.rows(queries.GET, (write_id(account), write_id(id)))
        return recordings_of(account, rows)[0] if rows else None

    async def of_call(self, account: AccountId, call: CallId) -> list[Recording]:
        """Newest first."""
        rows = await self._runner.rows(queries.OF_CALL, (write_id(account), write_id(call)))
        return recordings_of(account, rows)

    async def of_source(self, account: AccountId, source: UUID) -> list[Recording]:
        """Those whose `source_id` it is, newest first."""
        rows = await self._runner.rows(queries.OF_SOURCE, (write_id(account), write_id(source)))
        return recordings_of(account, rows)

    async def with_sha256(self, account: AccountId, sha256: str) -> Recording | None:
        """The oldest one that has a media of these bytes."""
        own = write_id(account)
        rows = await self._runner.rows(queries.WITH_SHA256, (own, own, sha256))
        return recordings_of(account, rows)[0] if rows else None

    async def newest(
        self, account: AccountId, limit: int, before: RecordingId | None
    ) -> list[Recording]:
        """At most `limit`, newest first, those behind `before`; none when it is not the account's.

        `before` may have been deleted since it was seen.
        """
        own = write_id(account)
        if before is None:
            rows = await self._runner.rows(queries.NEWEST, (own, limit))
        else:
            anchor = write_id(before)
            rows = await self._runner.rows(queries.NEWEST_BEFORE, (own, own, anchor, anchor, limit))
        return recordings_of(account, rows)

    async def add(self, account: AccountId, recording: Recording) -> None:
        """With its media; its call is there before. Raises Conflict."""
        same_account(account, recording.account)
        await self._runner.touch(queries.ADD, recording_row(account, recording))
        for it in recording.media:
            await self._add_media((write_id(account), write_id(recording.id)), it)

    async def put(self, account: AccountId, recording: Recording) -> None:
        """Everything but the media and the instant of creation. Raises Conflict or NotFound."""
        same_account(account, recording.account)
        own, id, _created_at, *mutable = recording_row(account, recording)
        if not await self._runner.touch(queries.CHANGE, (*mutable, own, id)):
            raise NotFound("no such recording")

    async def put_media(self, account: AccountId, id: RecordingId, media: Media) -> None:
        """In place of the one of its id, else behind the others. Raises Conflict or NotFound."""
        media_id, _created_at, *mutable = media_row(media)
        own = (write_id(account), write_id(id))
        if not await self._runner.touch(queries.CHANGE_MEDIA, (*mutable, *own, media_id, *own)):
            await self._add_media(own, media)

    async def _add_media(self, own: tuple[bytes, bytes], media: Media) -> None:
        if not await self._runner.touch(queries.ADD_MEDIA, (*own, *media_row(media), *own)):
            raise NotFound("no such recording")
