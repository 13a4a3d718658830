"""The front at /media: a signed link, checked, then the rendition it names, or an upload."""

from dataclasses import replace
from functools import partial

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
from dictabelt.http.media import Admit, preflight
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
        """The media. Raises what `refuse` can say, and so may the answer."""
        if request.method == "OPTIONS":
            return preflight
        if request.method == "PUT":
            return await self._receive(request)
        return await self._played(request)

    async def _receive(self, request: Request) -> Response:
        target, _ = await self._verified(request)
        who = self._vault.access.holder(target.account)
        return await receive(self._vault, who, target=target, request=request)

    async def _played(self, request: Request) -> ASGIApp:
        target, verified = await self._verified(request)
        given = dict(verified.extra)
        who = self._vault.access.holder(target.account)
        wanted = link_parameters.variant(target.form, given)
        share = link_parameters.share(given)
        admit = await self._leash(request, who, share=share)
        work = self._vault.renditions.get(who, target.recording, wanted, media=target.media)
        playable: Playable = await while_connected(request, work)
        if share is not None:
            # A store looks neither at the caller's network nor at what was taken back.
            playable = replace(playable, elsewhere=None)
        return media(playable, admit=admit, until=verified.expires_at)

    async def _verified(self, request: Request) -> tuple[Target, Verified]:
        now = await self._vault.ring.clock()
        verified = self._urls.verify(request, now)
        target = self._urls.target(request.scope["path"])
        if target is None:
            raise NotFound("no such media")
        return target, verified

    async def _leash(
        self, request: Request, who: Principal, *, share: LinkId | None
    ) -> Admit | None:
        """What counts the use when bytes are sent; who may have none is refused before."""
        if share is None:
            return None
        here = caller(request.client.host if request.client else None)
        await self._vault.shares.look(who, share, here)
        return partial(self._vault.shares.admit, who, share, here)


def refuse(error: VaultError, request: Request) -> ASGIApp:
    """S3's XML saying why not."""
    place = request.scope["raw_path"].decode("latin-1")
    status, headers, body = refusal(error, resource=place, request_id=request.scope["request_id"])
    return Response(body, status, headers)
