"""Lists of recordings: of the account, of a call, of a conference."""

from starlette.types import ASGIApp

from dictabelt.dialects.laml import lists, paging, parameters
from dictabelt.dialects.laml.asking import owned, place
from dictabelt.dialects.laml.endpoints import either
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange


async def find(exchange: Exchange) -> ASGIApp:
    """A page, newest first."""
    who = exchange.who
    speaks = owned(exchange, who)
    here = place(exchange, speaks)
    wanted = lists.recordings(parameters.query(exchange.request), speaks, within=here.within)
    page = await exchange.vault.recordings.find(
        who,
        wanted.search,
        window=wanted.turn.window,
        deleted_within=speaks.kept_deleted if wanted.deleted else None,
    )
    sheet = paging.sheet(
        page,
        wanted.turn,
        speaks=speaks,
        place=paging.RECORDINGS.below(speaks.below(who.account, here.within)),
        render=lambda it: speaks.recording(it, here),
    )
    return json(speaks.envelope(sheet))


def listed(where: str) -> tuple[Endpoint, ...]:
    """The list of recordings below an account, a call or a conference."""
    return either("GET", where + "/Recordings", handler=find, summary="List recordings")
