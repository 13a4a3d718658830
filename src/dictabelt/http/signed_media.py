"""The front at /media: a signed link, checked, then the rendition it names, or an upload."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.ids import LinkId
from dictabelt.core.networks import caller
from dictabelt.core.nouns import Principal
from dictabelt.core.vault import Vault
from dictabelt.http import link_parameters
from dictabelt.http.answers import media
from dictabelt.http.layout import Target
from dictabelt.http.media import Admit, preflight
from dictabelt.http.part import Shelf, Stay, may_stay
from dictabelt.http.recent import Recent
from dictabelt.http.s3_errors import refusal
from dictabelt.http.signed_upload import receive
from dictabelt.http.sigv4 import Verified
from dictabelt.http.trace import trace_of
from dictabelt.http.urls import Urls

Place = tuple[Hashable, ...]

# Players ask for one recording in hundreds of parts, all by the same link.
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Checked:
    """A link whose signature was right, whose bytes it asks for, and on whose behalf."""

    target: Target
    verified: Verified
    who: Principal


@dataclass(frozen=True, slots=True)
class Answered:
    """What a link gave when the rows had that version."""

    version: int
    answer: ASGIApp


class SignedMedia:
    """Bytes to whoever holds a good link; a foreign Authorization header is not looked at.

    What is remembered of a link saves no look at the clock, at its key, or at
    whether a row has changed: those take it back.
    """

    def __init__(self, vault: Vault, urls: Urls) -> None:
        self._vault = vault
        self._urls = urls
        self._checked: Recent[Place, Checked] = Recent(_REMEMBERED)
        self._answered: Recent[Place, Answered] = Recent(_REMEMBERED)
        self._shelf = Shelf()

    async def __call__(self, request: Request) -> ASGIApp:
        """The media. Raises what `refuse` can say, and so may the answer."""
        if request.method == "OPTIONS":
            return preflight
        if request.method == "PUT":
            return await self._receive(request)
        return await self._played(request)

    async def _receive(self, request: Request) -> Response:
        it = self._look(request, await self._vault.ring.clock())
        return await receive(self._vault, it.who, target=it.target, request=request)

    async def _played(self, request: Request) -> ASGIApp:
        pulse = await self._vault.ring.pulse()
        place = place_of(request.scope)
        it = self._known(place, pulse.now)
        if it is None:
            it = self._look(request, pulse.now)
            self._checked.put(place, it)
        trace_of(request.scope).who = it.who
        before = self._answered.get(place)
        if before is not None and before.version == pulse.version:
            may_stay(request.scope, Stay(partial(self._holds, it), self._shelf))
            return before.answer
        answer, lasts = await self._found(request, it)
        if lasts and pulse.version is not None:
            self._answered.put(place, Answered(pulse.version, answer))
        return answer

    def _known(self, place: Place, now: datetime) -> Checked | None:
        """The link as it was checked before, if it still holds."""
        it = self._checked.get(place)
        return it if it is not None and self._holds(it, now) else None

    def _holds(self, it: Checked, now: datetime) -> bool:
        return it.verified.holds(now) and self._vault.ring.is_good(it.verified.key_id, now)

    def _look(self, request: Request, now: datetime) -> Checked:
        verified = self._urls.verify(request, now)
        target = self._urls.target(request.scope["path"])
        if target is None:
            raise NotFound("no such media")
        who = self._vault.access.holder(target.account)
        trace_of(request.scope).who = who
        return Checked(target, verified, who)

    async def _found(self, request: Request, it: Checked) -> tuple[ASGIApp, bool]:
        """The media, and whether it is the same until a row changes."""
        given = dict(it.verified.extra)
        wanted = link_parameters.variant(it.target.form, given)
        share = link_parameters.share(given)
        admit = await self._leash(request, it.who, share=share)
        playable = await self._vault.renditions.get(
            it.who, it.target.recording, wanted, media=it.target.media
        )
        if share is not None:
            # A store looks neither at the caller's network nor at what was taken back.
            playable = replace(playable, elsewhere=None)
        answer = media(playable, admit=admit, until=it.verified.expires_at)
        # One that is still being encoded may fail, and no row says so.
        whole = playable.rendition.size is not None
        return answer, whole and share is None and playable.elsewhere is None

    async def _leash(
        self, request: Request, who: Principal, *, share: LinkId | None
    ) -> Admit | None:
        """What counts the use when bytes are sent; who may have none is refused before."""
        if share is None:
            return None
        here = caller(request.client.host if request.client else None)
        await self._vault.shares.look(who, share, here)
        return partial(self._vault.shares.admit, who, share, here)


def place_of(scope: Scope) -> Place:
    """All of a request that decides whether its link is good, as the client wrote it."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    where = (scope["scheme"], *hosts, scope.get("server"))
    return (scope["method"], scope["raw_path"], scope["query_string"], *where)


def refuse(error: VaultError, request: Request) -> ASGIApp:
    """S3's XML saying why not."""
    place = request.scope["raw_path"].decode("latin-1")
    status, headers, body = refusal(error, resource=place, request_id=request.scope["request_id"])
    return Response(body, status, headers)
