"""Recordings in progress: start one more on a call, pause, resume, stop."""

from starlette.types import ASGIApp

from dictabelt.core.errors import Conflict, Invalid, NotLive
from dictabelt.core.nouns import Recording, State
from dictabelt.core.recordings import Within
from dictabelt.dialects.laml import parameters, steering
from dictabelt.dialects.laml.asking import owned, place
from dictabelt.http.answers import json
from dictabelt.http.dialect import Exchange


async def start(exchange: Exchange) -> ASGIApp:
    """One more recording of a call that is being recorded."""
    speaks = owned(exchange, exchange.who)
    here = place(exchange, speaks)
    assert here.within.call is not None
    known = steering.started(await parameters.body(exchange.request), speaks)
    recording = await exchange.vault.live.start(exchange.who, here.within.call, known)
    return json(speaks.recording(recording, here), speaks.started)


async def steer(exchange: Exchange) -> ASGIApp:
    """Pauses, resumes or stops the recording, or the one in progress where that is asked for."""
    speaks, sid = owned(exchange, exchange.who), exchange.path["sid"]
    here = place(exchange, speaks)
    to = steering.step(await parameters.body(exchange.request))
    if sid == steering.CURRENT:
        recording = await _current(exchange, to, within=here.within)
    else:
        id = speaks.recording_id(sid)
        recording = await exchange.vault.live.steer(exchange.who, id, to, within=here.within)
    return json(speaks.recording(recording, here))


async def _current(exchange: Exchange, to: State, *, within: Within) -> Recording:
    try:
        return await exchange.vault.live.steer_current(exchange.who, to, within=within)
    except NotLive:
        raise
    except Conflict as several:
        raise Invalid(str(several), field=steering.CURRENT) from several
