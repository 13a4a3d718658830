"""Whether the process answers."""

from starlette.requests import Request
from starlette.types import ASGIApp

from dictabelt.http.answers import json


async def live(request: Request) -> ASGIApp:
    """A constant body: the process runs."""
    del request
    return json({"status": "ok"})
