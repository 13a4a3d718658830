"""The front at /media: a signed link, checked, then the rendition it names, or an upload."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.nouns import Playable, Principal
from dictabelt.core.vault import Vault
from dictabelt.http.answers import media, while_connected
from dictabelt.http.layout import Target
from dictabelt.http.media import preflight
from dictabelt.http.s3_errors import refusal
from dictabelt.http.signed_upload import receive
from dictabelt.http.urls import SHARE, Urls


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
            if request.method == "PUT":
                return await self._receive(request)
            return media(self._vault, await self._playable(request))
        except VaultError as error:
            place = request.scope["raw_path"].decode("latin-1")
            status, headers, body = refusal(
                error, resource=place, request_id=request.scope["request_id"]
            )
            return Response(body, status, headers)

    async def _receive(self, request: Request) -> Response:
        target, who = await self._holder(request)
        return await receive(self._vault, who, target=target, request=request)

    async def _holder(self, request: Request) -> tuple[Target, Principal]:
        now = await self._vault.ring.clock()
        verified = self._urls.verify(request, now)
        target = self._urls.target(request.scope["path"])
        if target is None:
            raise NotFound("no such media")
        who = self._vault.access.holder(target.account)
        if share := dict(verified.extra).get(SHARE):
            await self._vault.shares.refuse_revoked(who, UUID(share))
        return target, who

    async def _playable(self, request: Request) -> Playable:
        target, who = await self._holder(request)
        work = self._vault.renditions.get(who, target.recording, target.form, media=target.media)
        return await while_connected(request, work)
