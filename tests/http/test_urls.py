"""Where clients reach the server, and for which hosts its links are good."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from asgi_requests import request
from assembly import assembled
from dictabelt.core.keyring import KeyRing
from dictabelt.core.nouns import Link
from dictabelt.http.layout import PLAIN, LinkLayout, Target
from dictabelt.http.sigv4 import LinkRefused
from dictabelt.http.urls import Urls
from samples import link as link_sample
from stocked import Stock

TWO = ("https://vault.example", "http://inside.example:8080")


@pytest.fixture
async def ring(stocked: Stock, tmp_path: Path) -> AsyncIterator[KeyRing]:
    async with assembled(stocked, tmp_path / "data") as here:
        await here.vault.ring.clock()
        yield here.vault.ring


def urls(ring: KeyRing, *public: str, layouts: tuple[LinkLayout, ...] = ()) -> Urls:
    return Urls(ring, region="us-east-1", public_urls=public, layouts=layouts)


def fresh(ring: KeyRing) -> Link:
    """A link of ten minutes, issued now."""
    now = datetime.now(UTC).replace(microsecond=0)
    return link_sample(key=ring.signing(), issued_at=now, expires_at=now + timedelta(minutes=10))


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "vault.example", "vault_1.example:80", "[::1]:8080", "[::1]"]
)
async def test_without_a_public_url_it_is_the_host_that_the_client_called(
    host: str, ring: KeyRing
) -> None:
    assert urls(ring).base(request(headers={"host": host})) == f"http://{host}"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example/path",
        "a.example@evil.example",
        "evil.example\r\nx: y",
        "a b",
        "evil.example:port",
        "evil.example:123456",
        '"><script>',
        "höst.example",
    ],
)
async def test_a_host_that_is_none_does_not_get_into_urls(host: str, ring: KeyRing) -> None:
    assert urls(ring).base(request(headers={"host": host})) == "http://10.1.2.3:8080"


async def test_a_client_that_names_no_host_gets_the_address_it_reached(ring: KeyRing) -> None:
    assert urls(ring).base(request()) == "http://10.1.2.3:8080"
    assert urls(ring).base(request(server=None)) == "http://127.0.0.1:80"


async def test_the_scheme_is_the_clients(ring: KeyRing) -> None:
    made = request(headers={"host": "vault.example"}, scheme="https")
    assert urls(ring).base(made) == "https://vault.example"


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("vault.example", TWO[0]),
        ("inside.example:8080", TWO[1]),
        ("INSIDE.Example:8080", TWO[1]),
        ("inside.example", TWO[0]),
        ("evil.example", TWO[0]),
        ("", TWO[0]),
    ],
)
async def test_of_several_public_urls_it_is_the_one_the_client_used_or_the_first(
    host: str, base: str, ring: KeyRing
) -> None:
    assert urls(ring, *TWO).base(request(headers={"host": host})) == base


async def test_links_are_good_for_every_public_host_and_for_no_other(ring: KeyRing) -> None:
    hosts = urls(ring, *TWO).hosts(request(headers={"host": "evil.example"}))
    assert hosts == ("vault.example", "inside.example:8080")


async def test_a_link_leads_back_to_what_it_was_made_for(ring: KeyRing) -> None:
    made = fresh(ring)
    both = urls(ring, *TWO)
    url = both.sign(made, TWO[0])
    path = url.partition("vault.example")[2]
    asked = request(path, headers={"host": "vault.example"})
    assert both.verify(asked, datetime.now(UTC)).key_id == made.key
    target = both.target(asked.scope["path"])
    assert target == Target(made.account, made.recording, made.media, made.form)


async def test_a_layout_of_a_dialect_is_read_beside_our_own(ring: KeyRing) -> None:
    target = Target(link_sample().account, link_sample().recording, None, link_sample().form)
    odd = LinkLayout(spell=lambda it: "odd", read=lambda it: target if it == "odd" else None)
    both = urls(ring, layouts=(odd,))
    assert both.target("/media/odd") == target
    assert both.target(f"/media/{PLAIN.spell(link_sample())}") is not None
    for wrong in ("/media/even", "/elsewhere/odd", "odd", "/mediaodd"):
        assert both.target(wrong) is None


async def test_a_token_is_signed_along_where_the_vendors_links_have_one(ring: KeyRing) -> None:
    made = fresh(ring)
    layout = LinkLayout(
        spell=PLAIN.spell, read=PLAIN.read, query=(("x-id", "GetObject"),), session_token=True
    )
    both = urls(ring, *TWO)
    url = both.sign(made, TWO[0], layout=layout)
    assert "X-Amz-Security-Token=" in url
    assert "&x-id=GetObject&" in url
    path = url.partition("vault.example")[2]
    assert both.verify(request(path, headers={"host": "vault.example"}), datetime.now(UTC))
    changed = path.replace("x-id=GetObject", "x-id=PutObject")
    with pytest.raises(LinkRefused):
        both.verify(request(changed, headers={"host": "vault.example"}), datetime.now(UTC))
