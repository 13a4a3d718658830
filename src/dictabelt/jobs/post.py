"""Sends letters over HTTP, to addresses that were checked, and says what came of it."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from dictabelt.core.webhook import Letter, Patience, Receipt
from dictabelt.jobs.addresses import IPAddress, Network, Refused, checked, resolved
from dictabelt.jobs.destination import Destination, destination, header_lines
from dictabelt.jobs.faults import reason

Resolve = Callable[[str], Awaitable[Iterable[str]]]

_MOST_OF_AN_ANSWER: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Sending:
    """One attempt: what is open until it is over, and by when, on the loop's clock, it is."""

    letter: Letter
    where: Destination
    headers: list[tuple[bytes, bytes]]
    patience: Patience
    held: AsyncExitStack
    end: float


class HttpPost:
    """The port `Post`. A name is resolved once a letter, and only those addresses are used.

    Every letter has a connection of its own: one that is kept for an address
    was verified for another name. Neither cookies, redirects nor the
    environment's proxies have a say. `networks` are allowed beside the public
    Internet; `resolve` gives a name's addresses and raises OSError or ValueError.
    """

    def __init__(
        self,
        networks: tuple[Network, ...],
        *,
        resolve: Resolve = resolved,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._networks = networks
        self._resolve = resolve
        self._tls = ssl_context or httpx2.create_ssl_context()

    async def send(self, letter: Letter, patience: Patience) -> Receipt:
        """What came of it. A redirect is an answer; nothing but cancellation is raised."""
        end = asyncio.get_running_loop().time() + patience.total.total_seconds()
        try:
            where = destination(letter.url)
            headers = header_lines(letter, where)
            async with AsyncExitStack() as held:
                return await self._sent(_Sending(letter, where, headers, patience, held, end))
        except Refused as refusal:
            return Receipt(None, str(refusal))
        except (httpx2.TransportError, httpx2.InvalidURL, OSError, ValueError) as error:
            return Receipt(None, reason(error, patience))

    async def _sent(self, it: _Sending) -> Receipt:
        async with asyncio.timeout_at(it.end):
            addresses = checked(await self._resolve(it.where.host), self._networks)
            response = await self._answer(it, addresses)
        await _drain(response, it.end)
        return Receipt(response.status_code)

    async def _answer(self, it: _Sending, addresses: tuple[IPAddress, ...]) -> httpx2.Response:
        """The first address that takes a connection gets the letter; no other does."""
        *others, last = addresses
        for address in others:
            try:
                return await self._asked(it, address)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._asked(it, last)

    async def _asked(self, it: _Sending, address: IPAddress) -> httpx2.Response:
        transport = httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        await it.held.enter_async_context(transport)
        response = await transport.handle_async_request(_request(it, address))
        it.held.push_async_callback(response.aclose)
        return response


def _request(it: _Sending, address: IPAddress) -> httpx2.Request:
    """The letter for one address: the URL has the address, Host and TLS have the name."""

    async def seen(event: str, info: Mapping[str, Any]) -> None:
        # The client forgets a connection whose handshake is cut short by the deadline.
        if event == "connection.connect_tcp.complete":
            it.held.push_async_callback(info["return_value"].aclose)

    url = httpx2.URL(scheme=it.where.scheme, host=str(address), port=it.where.port)
    connect, read = (span.total_seconds() for span in (it.patience.connect, it.patience.read))
    return httpx2.Request(
        it.letter.method,
        url,
        headers=it.headers,
        content=it.letter.body,
        extensions={
            "target": it.where.target,
            "sni_hostname": it.where.host.rstrip("."),
            "timeout": {"connect": connect, "read": read, "write": read, "pool": connect},
            "trace": seen,
        },
    )


async def _drain(response: httpx2.Response, end: float) -> None:
    """Lets the receiver finish its answer; the status counts even when it never does."""
    try:
        async with asyncio.timeout_at(end):
            await _skip(response)
    except (httpx2.TransportError, OSError):
        return


async def _skip(response: httpx2.Response) -> None:
    size = 0
    async with aclosing(response.aiter_raw()) as parts:
        async for part in parts:
            # A receiver that sends single bytes is heard less long: each costs a parse.
            size += max(len(part), 1024)
            if size >= _MOST_OF_AN_ANSWER:
                return
