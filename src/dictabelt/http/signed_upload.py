"""Bytes that come by PUT to a signed link: as announced, whole, and undamaged, or not at all."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import AsyncIterator
from hashlib import md5

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from dictabelt.core.errors import Conflict, Invalid
from dictabelt.core.nouns import Principal
from dictabelt.core.uploads import Body
from dictabelt.core.vault import Vault
from dictabelt.http.answers import ClientGone
from dictabelt.http.layout import Target
from dictabelt.http.s3_errors import UploadRefused

_HEX = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
# S3 signs the content type of an upload, so another one breaks the signature.
_CODES = {
    "content-type": "SignatureDoesNotMatch",
    "content-length": "InvalidRequest",
    "checksum": "BadDigest",
}


async def receive(vault: Vault, who: Principal, *, target: Target, request: Request) -> Response:
    """200 once the bytes are durable. Raises UploadRefused, NotFound."""
    if target.media is None:
        raise UploadRefused("MethodNotAllowed", "Nothing can be uploaded here.")
    headers = request.headers
    body = Body(
        chunks=_chunks(request),
        content_type=headers.get("content-type"),
        length=int(it) if (it := headers.get("content-length", "")).isdecimal() else None,
        sha256=_sha256(request),
    )
    try:
        media = await vault.uploads.receive(who, target.recording, target.media, body=body)
    except Invalid as refusal:
        code = _CODES.get(refusal.field or "", "InvalidRequest")
        raise UploadRefused(code, str(refusal)) from refusal
    except Conflict as refusal:
        raise UploadRefused("OperationAborted", str(refusal)) from refusal
    except ClientDisconnect:
        raise ClientGone from None
    return Response(status_code=200, headers={"etag": f'"{media.sha256}"'})


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The body; refused at its end when it is not what Content-MD5 says (RFC 1864)."""
    claimed = _decoded(request, "content-md5")
    seen = md5(usedforsecurity=False)
    async for chunk in request.stream():
        seen.update(chunk)
        yield chunk
    if claimed is not None and claimed != seen.digest():
        raise Invalid("the MD5 of the bytes is another", field="checksum")


def _sha256(request: Request) -> str | None:
    """The digest that the client sent in one of S3's two headers, as hex."""
    plain = request.headers.get("x-amz-content-sha256", "")
    if _HEX.fullmatch(plain):
        return plain.lower()
    digest = _decoded(request, "x-amz-checksum-sha256")
    return None if digest is None else digest.hex()


def _decoded(request: Request, header: str) -> bytes | None:
    text = request.headers.get(header)
    if text is None:
        return None
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise UploadRefused("BadDigest", f"{header} is not Base64") from None
