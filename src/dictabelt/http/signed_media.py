"""The front at /media: a signed link, checked, then the rendition it names."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.nouns import Playable
from dictabelt.core.vault import Vault
from dictabelt.http.answers import media, while_connected
from dictabelt.http.media import preflight
from dictabelt.http.s3_errors import refusal
from dictabelt.http.urls import Urls


class SignedMedia:
    """Bytes to whoever holds a good link; a foreign Authorization header is not looked at."""

    def __init__(self, vault: Vault, urls: Urls) -> None:
        self._vault = vault
        self._urls = urls

    async def __call__(self, request: Request) -> ASGIApp:
        """The media, or S3's XML saying why not."""
        if request.method == "OPTIONS":
            return preflight
        try:
            return media(self._vault, await self._playable(request))
        except VaultError as error:
            place = request.scope["raw_path"].decode("latin-1")
            status, headers, body = refusal(
                error, resource=place, request_id=request.scope["request_id"]
            )
            return Response(body, status, headers)

    async def _playable(self, request: Request) -> Playable:
        now = await self._vault.ring.clock()
        self._urls.verify(request, now)
        target = self._urls.target(request.scope["path"])
        if target is None:
            raise NotFound("no such media")
        who = self._vault.access.holder(target.account)
        work = self._vault.renditions.get(who, target.recording, target.form, media=target.media)
        return await while_connected(request, work)
