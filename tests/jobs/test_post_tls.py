"""Over TLS the name is shown and verified, while the connection goes to the checked address."""

import asyncio
import ssl

import pytest
import trustme

from dictabelt.core.webhook import Receipt
from dictabelt.jobs.post import HttpPost
from jobs.letters import BRIEF, LONG, LOOPBACK, Names, letter
from jobs.receivers import FINE, Receiver, answering, receiving, silent


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def serving_as(name: str, authority: trustme.CA, seen: list[str | None]) -> ssl.SSLContext:
    """A receiver's side, certified for `name`; `seen` gets the names that clients ask for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    context.sni_callback = lambda _socket, asked, _context: seen.append(asked)
    return context


def trusting(authority: trustme.CA, *addresses: str) -> HttpPost:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return HttpPost(LOOPBACK, resolve=Names(addresses), ssl_context=context)


async def test_a_receiver_is_verified_by_its_name_at_the_checked_address(
    authority: trustme.CA,
) -> None:
    seen: list[str | None] = []
    tls = serving_as("hooks.example", authority, seen)
    async with receiving(answering(FINE), host="127.0.0.7", tls=tls) as it:
        post = trusting(authority, "127.0.0.7")
        url = f"https://hooks.example:{it.port}/hook"
        assert await post.send(letter(url), LONG) == Receipt(200)
    assert seen == ["hooks.example"]
    assert f"\r\nHost: hooks.example:{it.port}\r\n".encode() in it.requests[0]


async def test_the_dot_at_the_end_of_a_name_is_not_for_the_certificate(
    authority: trustme.CA,
) -> None:
    tls = serving_as("hooks.example", authority, [])
    async with receiving(answering(FINE), tls=tls) as it:
        url = f"https://hooks.example.:{it.port}/hook"
        assert await trusting(authority, "127.0.0.1").send(letter(url), LONG) == Receipt(200)


async def test_an_address_is_verified_as_an_address(authority: trustme.CA) -> None:
    tls = serving_as("127.0.0.1", authority, [])
    async with receiving(answering(FINE), tls=tls) as it:
        url = f"https://127.0.0.1:{it.port}/hook"
        assert await trusting(authority, "127.0.0.1").send(letter(url), LONG) == Receipt(200)


async def test_an_unknown_authority_gets_no_letter(authority: trustme.CA) -> None:
    seen: list[str | None] = []
    tls = serving_as("hooks.example", authority, seen)
    async with receiving(answering(FINE), tls=tls) as it:
        post = HttpPost(LOOPBACK, resolve=Names(("127.0.0.1",)))
        receipt = await post.send(letter(f"https://hooks.example:{it.port}/"), LONG)
    assert receipt.status is None
    assert (receipt.error or "").startswith("certificate verify failed: ")
    assert (seen, it.requests) == (["hooks.example"], [])


@pytest.mark.parametrize("certified", ["other.example", "127.0.0.1"])
async def test_a_certificate_for_another_name_or_for_the_address_gets_no_letter(
    certified: str, authority: trustme.CA
) -> None:
    tls = serving_as(certified, authority, [])
    async with receiving(answering(FINE), tls=tls) as it:
        url = f"https://hooks.example:{it.port}/"
        receipt = await trusting(authority, "127.0.0.1").send(letter(url), LONG)
    assert receipt.status is None
    assert "certificate verify failed: Hostname mismatch" in (receipt.error or "")
    assert it.requests == []


async def test_a_receiver_without_tls_is_told(authority: trustme.CA) -> None:
    async def plain(
        receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(FINE)
        await silent(receiver, reader, writer)

    async with receiving(plain) as it:
        url = f"https://hooks.example:{it.port}/"
        receipt = await trusting(authority, "127.0.0.1").send(letter(url), LONG)
    assert receipt == Receipt(None, "TLS failed: wrong version number")


async def test_a_handshake_that_stalls_is_closed_with_the_total(authority: trustme.CA) -> None:
    left = asyncio.Event()

    async def stalling(
        receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await silent(receiver, reader, writer)
        finally:
            left.set()

    async with receiving(stalling) as it:
        url = f"https://hooks.example:{it.port}/"
        receipt = await trusting(authority, "127.0.0.1").send(letter(url), BRIEF)
        assert receipt == Receipt(None, "timed out after 0.06 s")
        await asyncio.wait_for(left.wait(), 10)
