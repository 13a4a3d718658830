"""Absolute URLs of this server: where clients reach it, and signed links to media."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from starlette.requests import Request

from dictabelt.core.keyring import KeyRing
from dictabelt.core.nouns import Link
from dictabelt.http import link_parameters
from dictabelt.http.credentials import sent
from dictabelt.http.layout import PLAIN, PREFIX, LinkLayout, Target
from dictabelt.http.sigv4 import (
    Asked,
    Signer,
    Trust,
    Verified,
    sign,
    sign_upload,
    signed_host,
    verify,
)

_HOST = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?", re.ASCII)


class Urls:
    """Signs links for the hosts that clients use; reads and checks what comes back."""

    def __init__(
        self,
        ring: KeyRing,
        *,
        region: str,
        public_urls: tuple[str, ...] = (),
        layouts: tuple[LinkLayout, ...] = (),
    ) -> None:
        self._ring = ring
        self._region = region
        self._public = public_urls
        self._layouts = (PLAIN, *layouts)

    def base(self, request: Request) -> str:
        """Scheme and host for URLs in an answer: a public URL, or what the client called.

        With several public URLs, the one whose host the client used.
        """
        host = sent(request, b"host")
        for url in self._public:
            if url.partition("://")[2] == host.lower():
                return url
        if self._public:
            return self._public[0]
        return f"{request.scope['scheme']}://{host if _HOST.fullmatch(host) else _bound(request)}"

    def hosts(self, request: Request) -> tuple[str, ...]:
        """Hosts that a link may have been signed for, as SigV4 spells them."""
        return tuple(signed_host(it) for it in (self._public or (self.base(request),)))

    def sign(
        self,
        link: Link,
        base: str,
        *,
        layout: LinkLayout = PLAIN,
        share: UUID | None = None,
    ) -> str:
        """The link as a URL under `base` (AWS Signature Version 4, query authentication).

        With `share`, the URL says whose leash it is on.
        """
        return self.signing(link, base, layout=layout, share=share)(link.issued_at)

    def signing(
        self,
        link: Link,
        base: str,
        *,
        layout: LinkLayout = PLAIN,
        share: UUID | None = None,
    ) -> Callable[[datetime], str]:
        """Signs such a link, issued at any whole second, for as long as the link's key signs."""
        secret = self._ring.secret(link.key, link.issued_at)
        assert secret is not None
        token: tuple[tuple[str, str], ...] = ()
        if layout.session_token:
            token = (("X-Amz-Security-Token", self._ring.session_token(link.key)),)
        signer, place = Signer(link.key, secret, self._region), base + PREFIX + layout.spell(link)
        expires = (link.expires_at - link.issued_at) // timedelta(seconds=1)
        extra = (*token, *layout.query, *link_parameters.spelled(link.variant, share))
        return lambda now: sign(signer, place, expires=expires, now=now, extra=extra)

    def sign_upload(self, link: Link, base: str, *, layout: LinkLayout = PLAIN) -> str:
        """A URL that takes the bytes of the link's media by PUT."""
        secret = self._ring.secret(link.key, link.issued_at)
        assert secret is not None
        return sign_upload(
            Signer(link.key, secret, self._region),
            base + PREFIX + layout.spell(link),
            expires=(link.expires_at - link.issued_at) // timedelta(seconds=1),
            now=link.issued_at,
        )

    def verify(self, request: Request, now: datetime) -> Verified:
        """Who signed the request's URL, and until when. Raises LinkRefused."""
        scope = request.scope
        trust = Trust(
            hosts=self.hosts(request),
            secret_of=lambda id: self._ring.secret(id, now),
            region=self._region,
        )
        return verify(
            Asked(scope["method"], scope["raw_path"], scope["query_string"]), trust, now=now
        )

    def target(self, path: str) -> Target | None:
        """What the decoded path of one of our media URLs names, in whichever layout."""
        if not path.startswith(PREFIX):
            return None
        rest = path.removeprefix(PREFIX)
        return next((it for layout in self._layouts if (it := layout.read(rest))), None)


def _bound(request: Request) -> str:
    host, port = request.scope.get("server") or ("127.0.0.1", 80)
    return f"{host}:{port}"
