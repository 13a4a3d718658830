"""Letters arrive as they were written, where they may, and whatever comes of it is a receipt."""

from base64 import b64encode

import pytest

from dictabelt import __version__
from dictabelt.core.webhook import Letter, Receipt
from dictabelt.jobs.post import HttpPost
from jobs.letters import LONG, LOOPBACK, Names, letter, local, nobody_comes
from jobs.receivers import FINE, answering, receiving, slamming

# What arrives


async def test_a_post_arrives_byte_for_byte() -> None:
    body = bytes(range(256))
    async with receiving(answering(FINE)) as it:
        sent = Letter(
            "POST",
            f"http://hooks.example:{it.port}/a//b?x=%2F&y=[1]#part",
            {"X-Signature": "sha1=ab+/=", "content-type": "application/json"},
            body,
        )
        assert await local().send(sent, LONG) == Receipt(200)
    head, _, rest = it.requests[0].partition(b"\r\n\r\n")
    assert rest == body
    assert head.decode().split("\r\n") == [
        "POST /a//b?x=%2F&y=[1] HTTP/1.1",
        f"Host: hooks.example:{it.port}",
        f"User-Agent: dictabelt/{__version__}",
        "Accept: */*",
        "Connection: close",
        "X-Signature: sha1=ab+/=",
        "content-type: application/json",
        "Content-Length: 256",
    ]


async def test_a_get_arrives_without_a_body() -> None:
    async with receiving(answering(FINE)) as it:
        sent = Letter("GET", f"http://hooks.example:{it.port}?CallSid=CA1", {"X-A": "1"})
        assert await local().send(sent, LONG) == Receipt(200)
    assert it.requests[0].startswith(b"GET /?CallSid=CA1 HTTP/1.1\r\n")
    assert it.requests[0].endswith(b"X-A: 1\r\n\r\n")
    assert b"ontent-" not in it.requests[0]


async def test_what_the_letter_says_of_itself_goes_before_what_we_would_say() -> None:
    async with receiving(answering(FINE)) as it:
        sent = letter(
            f"http://me:pass@hooks.example:{it.port}/",
            {"user-agent": "Caf\xe9/1", "AUTHORIZATION": "Bearer t", "accept": "text/plain"},
        )
        assert await local().send(sent, LONG) == Receipt(200)
    lines = it.requests[0].partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    names = [line.partition(b":")[0].lower() for line in lines]
    assert len(set(names)) == len(names)
    assert {b"user-agent: Caf\xe9/1", b"AUTHORIZATION: Bearer t", b"accept: text/plain"} < {*lines}


async def test_blanks_around_a_header_are_not_part_of_it() -> None:
    async with receiving(answering(FINE)) as it:
        sent = letter(f"http://hooks.example:{it.port}/", {"X-A": " a b\t", "X-B": ""})
        assert await local().send(sent, LONG) == Receipt(200)
    assert b"\r\nX-A: a b\r\nX-B: \r\n" in it.requests[0]


async def test_credentials_of_a_url_go_as_basic_ones() -> None:
    async with receiving(answering(FINE)) as it:
        sent = letter(f"http://me%40x:p%3Aw%C3%A9@hooks.example:{it.port}/")
        assert await local().send(sent, LONG) == Receipt(200)
    basic = b64encode("me@x:p:w\xe9".encode())
    assert b"\r\nAuthorization: Basic " + basic + b"\r\n" in it.requests[0]
    assert b"me%40x" not in it.requests[0]


async def test_an_ipv6_receiver_is_reached() -> None:
    async with receiving(answering(FINE), host="::1") as it:
        post = HttpPost(LOOPBACK)
        assert await post.send(letter(f"http://[::1]:{it.port}/"), LONG) == Receipt(200)
    assert f"\r\nHost: [::1]:{it.port}\r\n".encode() in it.requests[0]


async def test_no_cookie_is_kept() -> None:
    answer = b"HTTP/1.1 204 No Content\r\nset-cookie: a=b\r\n\r\n"
    async with receiving(answering(answer)) as it:
        post = local()
        for _ in range(2):
            assert await post.send(letter(f"http://hooks.example:{it.port}/"), LONG) == Receipt(204)
    assert b"ookie" not in it.requests[1]


async def test_the_environments_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving(answering(FINE)) as proxy, receiving(answering(FINE)) as it:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert await local().send(letter(f"http://hooks.example:{it.port}/"), LONG) == Receipt(200)
    assert (proxy.connections, len(it.requests)) == (0, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer(status: int) -> None:
    async with receiving(answering(FINE)) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/"
        answer = f"HTTP/1.1 {status} Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
        async with receiving(answering(answer.encode())) as it:
            sent = letter(f"http://hooks.example:{it.port}/")
            assert await local().send(sent, LONG) == Receipt(status)
    assert elsewhere.connections == 0


# Where it may go

SPELLINGS = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "0.0.0.0",
    "[::]",
    "localhost",
    "169.254.169.254",
    "public.example@127.0.0.1",
    "public.example\\@127.0.0.1",
)


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_an_inner_address_gets_a_connection(host: str) -> None:
    with nobody_comes() as port:
        receipt = await HttpPost(()).send(letter(f"http://{host}:{port}/"), LONG)
    assert receipt.status is None
    assert (receipt.error or "").endswith("; allow it with webhook_networks")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0"])
async def test_no_name_of_an_inner_address_gets_a_connection(address: str) -> None:
    with nobody_comes() as port:
        post = HttpPost((), resolve=Names((address,)))
        receipt = await post.send(letter(f"http://hooks.example:{port}/"), LONG)
    assert receipt.status is None
    assert "webhook_networks" in (receipt.error or "")


async def test_an_answer_that_mixes_allowed_and_refused_gets_no_connection() -> None:
    with nobody_comes() as port:
        receipt = await local("127.0.0.1", "10.0.0.5").send(
            letter(f"http://hooks.example:{port}/"), LONG
        )
    assert receipt == Receipt(
        None, "the address 10.0.0.5 is private; allow it with webhook_networks"
    )


async def test_a_name_is_resolved_once_a_letter() -> None:
    names = Names(("127.0.0.1",), ("10.0.0.5",))
    post = HttpPost(LOOPBACK, resolve=names)
    async with receiving(answering(FINE)) as it:
        assert await post.send(letter(f"http://hooks.example:{it.port}/"), LONG) == Receipt(200)
        assert names.asked == ["hooks.example"]
        again = await post.send(letter(f"http://hooks.example:{it.port}/"), LONG)
    assert again.status is None
    assert (it.connections, len(names.asked)) == (1, 2)


async def test_an_address_without_a_listener_leaves_the_letter_to_the_next() -> None:
    async with receiving(answering(FINE), host="127.0.0.3") as it:
        post = local("127.0.0.2", "127.0.0.3")
        assert await post.send(letter(f"http://hooks.example:{it.port}/"), LONG) == Receipt(200)
    assert it.connections == 1


async def test_a_receiver_that_broke_off_is_not_asked_at_another_address() -> None:
    async with (
        receiving(slamming, host="127.0.0.2") as first,
        receiving(answering(FINE), host="127.0.0.3", port=first.port) as second,
    ):
        post = local("127.0.0.2", "127.0.0.3")
        receipt = await post.send(letter(f"http://hooks.example:{first.port}/"), LONG)
    assert receipt.status is None
    assert (first.connections, second.connections) == (1, 0)
