"""Whatever goes wrong with a letter is a receipt, in bounded time, without the letter's secrets."""

import asyncio
import errno
import socket

import pytest

from dictabelt.core.webhook import Letter, Receipt
from dictabelt.jobs.post import HttpPost
from jobs.letters import AGES, BRIEF, HASTY, LONG, LOOPBACK, Names, letter, local, nobody_comes
from jobs.receivers import FINE, Receiver, Script, answering, flooding, receiving, silent, slamming


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "/hook",
        "//hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "ws://hooks.example/",
        "http://",
        "http:///hook",
        "http://hooks.example:0/",
        "http://hooks.example:-1/",
        "http://hooks.example:65536/",
        "http://hooks.example:x/",
        "http://hooks.example/\r\nX-Evil: 1",
        "http://hooks.example\x00/",
        "http://hooks.example/\ud800",
        "http://[::g]/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://" + "a" * 70000,
    ],
)
async def test_a_url_that_leads_nowhere_is_told_without_being_repeated(url: str) -> None:
    names = Names(("127.0.0.1",))
    receipt = await HttpPost(LOOPBACK, resolve=names).send(letter(url), LONG)
    assert receipt.status is None
    assert (receipt.error or "").startswith("the URL")
    assert "hooks.example" not in (receipt.error or "")
    assert names.asked == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "1\r\nX-Evil: 1"),
        ("X-A", "1\nX-Evil: 1"),
        ("X-A", "s3cret\x00"),
        ("X-A", "s3cret \u20ac"),
        ("X-A\r\nX-Evil", "s3cret"),
        ("X A", "s3cret"),
        ("X-\xe9", "s3cret"),
        ("", "s3cret"),
        ("Content-Length", "1"),
        ("transfer-encoding", "chunked"),
    ],
)
async def test_a_header_that_http_cannot_carry_is_told_and_its_value_is_not(
    name: str, value: str
) -> None:
    with nobody_comes() as port:
        sent = Letter("POST", f"http://hooks.example:{port}/", {name: value}, b"a=1")
        receipt = await local().send(sent, LONG)
    assert receipt.status is None
    assert "header" in (receipt.error or "")
    assert "s3cret" not in (receipt.error or "")


@pytest.mark.parametrize("twice", [{"Host": "a", "host": "b"}, {"HOST": "a b", "Host": "c"}])
async def test_two_hosts_are_a_receipt(twice: dict[str, str]) -> None:
    async with receiving(answering(FINE)) as it:
        sent = Letter("POST", f"http://hooks.example:{it.port}/", twice, b"a=1")
        assert await local().send(sent, LONG) == Receipt(
            None, "the letter cannot be written as HTTP"
        )
    assert it.requests == []


async def test_a_name_that_nobody_has_is_a_receipt() -> None:
    async def unknown(host: str) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    receipt = await HttpPost((), resolve=unknown).send(letter("http://hooks.example/"), LONG)
    assert receipt == Receipt(None, "the host name cannot be resolved")


async def test_a_name_that_no_resolver_can_read_is_a_receipt() -> None:
    for host in ("a" * 64, ".example", "a..b"):
        receipt = await HttpPost(()).send(letter(f"http://{host}/"), LONG)
        assert receipt == Receipt(None, "the host name cannot be resolved")


async def test_a_resolver_that_dawdles_is_within_the_total() -> None:
    async def never(host: str) -> tuple[str, ...]:
        await asyncio.Event().wait()
        return ()

    async with asyncio.timeout(8):
        receipt = await HttpPost((), resolve=never).send(letter("http://hooks.example/"), BRIEF)
    assert receipt == Receipt(None, "timed out after 0.06 s")


async def test_a_timeout_of_the_systems_own_is_not_told_as_ours() -> None:
    async def late(host: str) -> tuple[str, ...]:
        raise TimeoutError(errno.ETIMEDOUT, "Connection timed out")

    receipt = await HttpPost((), resolve=late).send(letter("http://hooks.example/"), LONG)
    assert receipt == Receipt(None, "connection timed out")


async def test_a_refused_connection_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    receipt = await local().send(letter(f"http://hooks.example:{port}/"), LONG)
    assert receipt == Receipt(None, "connection refused")


async def test_a_receiver_that_says_nothing_is_left_after_one_read() -> None:
    async with receiving(silent) as it:
        receipt = await local().send(letter(f"http://hooks.example:{it.port}/"), HASTY)
    assert receipt == Receipt(None, "timed out: nothing came for 0.04 s")


@pytest.mark.parametrize(
    "script",
    [
        silent,
        flooding(b"HTTP/1.1 ", b"2" * 4096),
        flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 200),
        flooding(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n" * 500),
    ],
    ids=["silence", "endless status", "endless 100s", "endless headers"],
)
async def test_a_receiver_without_an_answer_holds_nothing_beyond_the_total(
    script: Script,
) -> None:
    async with receiving(script) as it, asyncio.timeout(8):
        receipt = await local().send(letter(f"http://hooks.example:{it.port}/"), BRIEF)
    assert receipt.status is None
    assert receipt.error in (
        "timed out after 0.06 s",
        "the receiver's answer is not HTTP, or it broke off",
    )


@pytest.mark.parametrize(
    "script",
    [
        flooding(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
        flooding(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000),
        flooding(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n", b"x" * 65536),
    ],
    ids=["until it closes", "chunks", "length"],
)
async def test_an_endless_answer_counts_by_its_status_and_is_left(script: Script) -> None:
    async with receiving(script) as it, asyncio.timeout(60):
        assert await local().send(letter(f"http://hooks.example:{it.port}/"), AGES) == Receipt(200)


@pytest.mark.parametrize(
    "rest", [b"content-length: 10\r\n\r\nx", b"transfer-encoding: chunked\r\n\r\nzz\r\n"]
)
async def test_an_answer_that_breaks_off_after_its_head_counts_by_its_status(rest: bytes) -> None:
    async with receiving(answering(b"HTTP/1.1 503 Busy\r\n" + rest)) as it:
        assert await local().send(letter(f"http://hooks.example:{it.port}/"), LONG) == Receipt(503)


async def test_an_answer_that_stalls_after_its_head_counts_by_its_status() -> None:
    async def stalling(
        receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 201 Made\r\ncontent-length: 10\r\n\r\nx")
        await silent(receiver, reader, writer)

    async with receiving(stalling) as it, asyncio.timeout(8):
        for patience in (HASTY, BRIEF):
            sent = letter(f"http://hooks.example:{it.port}/")
            assert await local().send(sent, patience) == Receipt(201)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"hello\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_a_receipt(answer: bytes) -> None:
    async with receiving(answering(answer)) as it:
        receipt = await local().send(letter(f"http://hooks.example:{it.port}/"), LONG)
    assert receipt == Receipt(None, "the receiver's answer is not HTTP, or it broke off")


async def test_a_reset_is_a_receipt() -> None:
    async with receiving(slamming) as it:
        sent = letter(f"http://hooks.example:{it.port}/", body=b"x" * 1_000_000)
        receipt = await local().send(sent, LONG)
    assert receipt.status is None
    assert receipt.error in ("connection reset by peer", "the connection broke off", "broken pipe")


async def test_cancellation_passes_and_closes_the_connection() -> None:
    reached, left = asyncio.Event(), asyncio.Event()

    async def watching(
        receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        reached.set()
        try:
            await silent(receiver, reader, writer)
        finally:
            left.set()

    async with receiving(watching) as it:
        sending = asyncio.create_task(local().send(letter(f"http://h.example:{it.port}/"), LONG))
        await reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.wait_for(left.wait(), 10)
