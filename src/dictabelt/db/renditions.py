"""Renditions as rows."""

from sqlalchemy import bindparam, delete, select, update

from dictabelt.core.damage import Damage
from dictabelt.core.ids import AccountId, MediaId
from dictabelt.core.media import Form, Mix, Rendition, Variant
from dictabelt.db.query import Query, Row, Runner, Values, insertion
from dictabelt.db.tables import renditions
from dictabelt.db.values import optional, read_id, write_id

_OF_MEDIA = (
    renditions.c.account == bindparam("of_account"),
    renditions.c.media == bindparam("of_media"),
)
_THIS = (*_OF_MEDIA, renditions.c.form == bindparam("of_form"))
_MUTABLE = [column.name for column in renditions.c[3:]]
_COLUMNS = renditions.c[1:]

GET = Query(select(*_COLUMNS).where(*_THIS), "of_account", "of_media", "of_form")
OF_MEDIA = Query(
    select(*_COLUMNS).where(*_OF_MEDIA).order_by(renditions.c.form), "of_account", "of_media"
)
ADD = insertion(renditions)
CHANGE = Query(
    update(renditions).where(*_THIS).values({name: bindparam(name) for name in _MUTABLE}),
    *_MUTABLE,
    "of_account",
    "of_media",
    "of_form",
)
FORGET = Query(delete(renditions).where(*_OF_MEDIA), "of_account", "of_media")


def rendition_of(row: Row) -> Rendition:
    """The rendition that a row of `renditions` without its account tells of."""
    media, form, content_type, size, sha256, blob, encoder, damage = row
    return Rendition(
        media=MediaId(read_id(media)),
        variant=_variant(form),
        content_type=content_type,
        etag=sha256,
        size=size,
        sha256=sha256,
        blob=blob,
        encoder=encoder,
        damage=optional(Damage, damage),
    )


def _variant(name: str) -> Variant:
    """Reverses `Variant.name` of what is kept: never a part."""
    form, _, mix = name.partition("-")
    return Variant(Form(form), Mix(mix) if mix else Mix.BOTH)


def rendition_row(it: Rendition) -> Values:
    """Reverses `rendition_of`."""
    return (
        write_id(it.media),
        it.variant.name,
        it.content_type,
        it.size,
        it.sha256,
        it.blob,
        it.encoder,
        optional(str, it.damage),
    )


class Renditions:
    """Stored renditions in one transaction, those of deleted recordings too."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, account: AccountId, media: MediaId, variant: Variant) -> Rendition | None:
        values = (write_id(account), write_id(media), variant.name)
        rows = await self._runner.rows(GET, values)
        return rendition_of(rows[0]) if rows else None

    async def of(self, account: AccountId, media: MediaId) -> list[Rendition]:
        rows = await self._runner.rows(OF_MEDIA, (write_id(account), write_id(media)))
        return [rendition_of(row) for row in rows]

    async def put(self, account: AccountId, rendition: Rendition) -> None:
        """In place of the one of the same form. Raises Conflict when the media is not there."""
        media, form, *mutable = rendition_row(rendition)
        key = (write_id(account), media, form)
        if not await self._runner.touch(CHANGE, (*mutable, *key)):
            await self._runner.touch(ADD, (*key, *mutable))

    async def forget(self, account: AccountId, media: MediaId) -> None:
        """Removes every form of the media; that there is none is no error."""
        await self._runner.touch(FORGET, (write_id(account), write_id(media)))
