"""The application for servers of others, which open it by its lifespan."""

import os

from starlette.types import ASGIApp, Receive, Scope, Send

from dictabelt.app.background import working
from dictabelt.app.opening import opened, oversight
from dictabelt.app.serving import front
from dictabelt.settings import Settings
from dictabelt.settings import load as load_settings


def application(settings: Settings) -> ASGIApp:
    """What a server runs: opens the vault in the lifespan, answers, closes it."""
    state: dict[str, ASGIApp] = {}
    seen = oversight()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await state["front"](scope, receive, send)
            return
        await receive()
        async with opened(settings, seen) as vault, working(vault, settings, seen=seen):
            state["front"] = front(vault, settings, seen=seen)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return app


def served() -> ASGIApp:
    """The application for servers that start by a factory, from the environment alone.

    Raises BadSettings.
    """
    return application(load_settings({}, dict(os.environ)))
