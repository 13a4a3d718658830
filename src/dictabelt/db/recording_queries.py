"""The statements about recordings and their media, for every engine."""

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from dictabelt.db.calls import COLUMNS as CALL_COLUMNS
from dictabelt.db.event_tables import tags
from dictabelt.db.query import Query, aside, insertion
from dictabelt.db.recording_rows import MEDIA_COLUMNS, RECORDING_COLUMNS
from dictabelt.db.tables import calls, media, recordings

_ZERO: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")
_LIVE = and_(recordings.c.account == bindparam("account"), recordings.c.deleted_at.is_(None))
_THIS = (recordings.c.account == bindparam("account"), recordings.c.id == bindparam("id"))
_MUTABLE = [column.name for column in recordings.c[3:]]
_MEDIA_MUTABLE = [column.name for column in media.c[5:]]


def _whole(them: FromClause) -> Select[tuple[object, ...]]:
    """Rows of `them` with the call beside, once a media, newest first."""
    call = and_(calls.c.account == them.c.account, calls.c.id == them.c.call)
    file = and_(media.c.account == them.c.account, media.c.recording == them.c.id)
    return (
        select(*(them.c[it.name] for it in RECORDING_COLUMNS), *CALL_COLUMNS, *MEDIA_COLUMNS)
        .select_from(them.outerjoin(calls, call).outerjoin(media, file))
        .order_by(them.c.created_at.desc(), them.c.id.desc(), media.c.position)
    )


def _holder() -> Select[tuple[bytes]]:
    """The oldest live recording that has a media of these bytes, as far as is known whole."""
    return (
        select(media.c.recording)
        .join(
            recordings,
            and_(recordings.c.account == media.c.account, recordings.c.id == media.c.recording),
        )
        .where(
            media.c.account == bindparam("media_account"),
            media.c.sha256 == bindparam("sha256"),
            media.c.damage.is_(None),
            # else PostgreSQL might go through all recordings in their order instead
            aside(recordings.c.deleted_at).is_(None),
        )
        .order_by(recordings.c.created_at, recordings.c.id)
        .limit(_ONE)
        .offset(_ZERO)
    )


def _media_insertion() -> Query:
    """Puts a media behind the others of a live recording; touches nothing if there is none."""
    behind = (
        select(func.coalesce(func.max(media.c.position) + _ONE, _ZERO))
        .where(
            media.c.account == bindparam("media_account"),
            media.c.recording == bindparam("media_recording"),
        )
        .scalar_subquery()
    )
    values = [bindparam(column.name, type_=column.type) for column in MEDIA_COLUMNS]
    row = select(recordings.c.account, recordings.c.id, behind, *values).where(
        _LIVE, recordings.c.id == bindparam("recording")
    )
    return Query(
        insert(media).from_select([column.name for column in media.c], row),
        "media_account",
        "media_recording",
        *(column.name for column in MEDIA_COLUMNS),
        "account",
        "recording",
    )


GET = Query(_whole(recordings).where(_LIVE, recordings.c.id == bindparam("id")), "account", "id")
GET_DELETED_SINCE = Query(
    _whole(recordings).where(
        *_THIS,
        or_(recordings.c.deleted_at.is_(None), recordings.c.deleted_at >= bindparam("since")),
    ),
    "account",
    "id",
    "since",
)
OF_CALL = Query(
    _whole(recordings).where(_LIVE, recordings.c.call == bindparam("call")), "account", "call"
)
OF_SOURCE = Query(
    _whole(recordings).where(_LIVE, recordings.c.source_id == bindparam("source")),
    "account",
    "source",
)
WITH_SHA256 = Query(
    _whole(recordings).where(_LIVE, recordings.c.id == _holder().scalar_subquery()),
    "account",
    "media_account",
    "sha256",
)
PLACE = Query(select(recordings.c.created_at, recordings.c.id).where(*_THIS), "account", "id")
ADD = insertion(recordings)
CHANGE = Query(
    update(recordings)
    .where(
        recordings.c.account == bindparam("of_account"),
        recordings.c.id == bindparam("of_id"),
        recordings.c.deleted_at.is_(None),
    )
    .values({name: bindparam(name) for name in _MUTABLE}),
    *_MUTABLE,
    "of_account",
    "of_id",
)
ADD_MEDIA = _media_insertion()
CHANGE_MEDIA = Query(
    update(media)
    .where(
        media.c.account == bindparam("of_account"),
        media.c.recording == bindparam("of_recording"),
        media.c.id == bindparam("of_id"),
        exists().where(_LIVE, recordings.c.id == bindparam("recording")),
    )
    .values({name: bindparam(name) for name in _MEDIA_MUTABLE}),
    *_MEDIA_MUTABLE,
    "of_account",
    "of_recording",
    "of_id",
    "account",
    "recording",
)
FORGET_MEDIA = Query(
    delete(media).where(
        media.c.account == bindparam("account"), media.c.recording == bindparam("recording")
    ),
    "account",
    "recording",
)
ADD_TAG = insertion(tags)
FORGET_TAGS = Query(
    delete(tags).where(
        tags.c.account == bindparam("account"), tags.c.recording == bindparam("recording")
    ),
    "account",
    "recording",
)
