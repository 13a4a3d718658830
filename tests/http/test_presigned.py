"""URLs of a bucket: signed with what is lent, no longer good than that."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from dictabelt.blobs.lending import Lent, lender_of
from dictabelt.core.ports import Guise
from dictabelt.http.presigned import Presigner

NOW = datetime(2026, 3, 3, 9, 0, 0, 700_000, UTC)
GUISE = Guise("audio/wav", "inline; filename=\"a b.wav\"; filename*=UTF-8''%C3%BC.wav")
TOKEN = "t0ken/with+signs="


@dataclass(frozen=True)
class Signed:
    url: str
    fields: dict[str, str]


async def signed(lent: Lent | None, until: datetime | None = None) -> Signed | None:
    async def lend() -> Lent | None:
        return lent

    presigner = Presigner("https://s3.example/vault/pre", "eu-central-1", lend=lend)
    url = await presigner.address("3f/aa/bb", GUISE, now=NOW, until=until)
    if url is None:
        return None
    fields = parse_qs(urlsplit(url).query)
    return Signed(url, {name: value[0] for name, value in fields.items()})


async def test_temporary_credentials_shorten_it_and_show_their_token() -> None:
    made = await signed(Lent("AKID", "secret", TOKEN, timedelta(minutes=10)))
    assert made is not None
    assert made.fields["X-Amz-Expires"] == "600"
    assert made.fields["X-Amz-Security-Token"] == TOKEN
    assert made.fields["response-content-type"] == GUISE.content_type
    assert made.fields["response-content-disposition"] == GUISE.disposition


async def test_there_is_none_without_credentials_or_time() -> None:
    assert await signed(None) is None
    assert await signed(Lent("AKID", "secret"), NOW) is None


async def test_what_the_environment_has_is_lent() -> None:
    known = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
    lend = lender_of(known)
    assert lend is not None
    assert await lend() == Lent("AKID", "secret")
    lend = lender_of(known | {"AWS_SESSION_TOKEN": TOKEN})
    assert lend is not None
    assert await lend() == Lent("AKID", "secret", TOKEN, timedelta(minutes=10))
