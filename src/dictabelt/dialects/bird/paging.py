"""Pages: how many items, from where on, and the envelope with the token of the next page."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from dictabelt.core.errors import Invalid
from dictabelt.core.search import Window
from dictabelt.dialects.bird import reading

PARAMETERS = ("limit", "pageToken")
LIMIT = 10
LONGEST_TOKEN = 8000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def token(created_at: datetime, id: UUID) -> str:
    """Where the page after that item begins; `place` reads it back.

    Base64 of a JSON array that begins with milliseconds, as the vendor's
    example does. The id follows in octal: digits alone, so that the document
    can say by a pattern what a token is.
    """
    milliseconds = (created_at - _EPOCH) // timedelta(milliseconds=1)
    return b64encode(msgspec.json.encode([milliseconds, f"{id.int:045o}"])).decode()


def place(text: str) -> UUID:
    """The id of the item behind which a page begins. Raises Invalid for what `token` never made."""
    refusal = Invalid("pageToken must be a token of an earlier page", field="pageToken")
    try:
        milliseconds, octal = msgspec.json.decode(
            b64decode(text, validate=True), type=tuple[int, str]
        )
        id = UUID(int=int(octal, 8))
        again = token(_EPOCH + timedelta(milliseconds=milliseconds), id)
    except (ValueError, OverflowError, RecursionError):
        raise refusal from None
    if len(text) > LONGEST_TOKEN or again != text:
        raise refusal
    return id


def window(query: Mapping[str, str], *, most: int) -> Window:
    """The page that `limit` and `pageToken` ask for. Raises Invalid."""
    limit, behind = query.get("limit"), query.get("pageToken")
    return Window(
        LIMIT if limit is None else reading.count(limit, field="limit", most=most),
        behind=None if behind is None else place(behind),
    )


def envelope(results: Sequence[object], following: str | None) -> dict[str, object]:
    """`results`, and `nextPageToken` on every page but the last."""
    last = {} if following is None else {"nextPageToken": following}
    return {"results": results, **last}
