"""Whether the process answers."""

from starlette.requests import Request
from starlette.types import ASGIApp

from dictabelt.http.answers import json
from dictabelt.http.dialect import NoSuchPath


async def live(request: Request) -> ASGIApp:
    """A constant body: the process runs. Raises NoSuchPath below /livez, and for what is no GET."""
    if request.scope["path"] != "/livez" or request.method not in ("GET", "HEAD"):
        raise NoSuchPath("nothing is served at this path; GET /livez is")
    return json({"status": "ok"})
