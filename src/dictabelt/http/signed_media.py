"""The front at /media: a signed link, checked, then the rendition it names, or an upload."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.ids import LinkId
from dictabelt.core.networks import caller
from dictabelt.core.nouns import Principal
from dictabelt.core.playable import Playable
from dictabelt.core.vault import Vault
from dictabelt.http import link_parameters
from dictabelt.http.answers import media, while_connected
from dictabelt.http.layout import Target
from dictabelt.http.media import preflight
from dictabelt.http.s3_errors import refusal
from dictabelt.http.signed_upload import receive
from dictabelt.http.sigv4 import Verified
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
            if request.method == "PUT":
                return await self._receive(request)
            return media(await self._playable(request))
        except VaultError as error:
            place = request.scope["raw_path"].decode("latin-1")
            status, headers, body = refusal(
                error, resource=place, request_id=request.scope["request_id"]
            )
            return Response(body, status, headers)

    async def _receive(self, request: Request) -> Response:
        target, _ = await self._verified(request)
        who = self._vault.access.holder(target.account)
        return await receive(self._vault, who, target=target, request=request)

    async def _playable(self, request: Request) -> Playable:
        target, verified = await self._verified(request)
        given = dict(verified.extra)
        who = self._vault.access.holder(target.account)
        wanted = link_parameters.variant(target.form, given)
        await self._admit(request, who, share=link_parameters.share(given))
        work = self._vault.renditions.get(who, target.recording, wanted, media=target.media)
        return await while_connected(request, work)

    async def _verified(self, request: Request) -> tuple[Target, Verified]:
        now = await self._vault.ring.clock()
        verified = self._urls.verify(request, now)
        target = self._urls.target(request.scope["path"])
        if target is None:
            raise NotFound("no such media")
        return target, verified

    async def _admit(self, request: Request, who: Principal, *, share: LinkId | None) -> None:
        """Who only looks is refused alike, but does not count as listening."""
        if share is None:
            return
        shares = self._vault.shares
        follow = shares.look if request.method == "HEAD" else shares.admit
        await follow(who, share, caller(request.client.host if request.client else None))
