"""Google's XML API for objects, spoken before a real S3 server, which keeps the objects.

No emulator that can be had speaks it whole: fake-gcs-server and gcp-storage-emulator have
the JSON API, and refuse `PUT` of an object or parts of an upload, which the vault's client asks
for. What differs from S3 is here, by Google's documentation, cloud.google.com/storage/docs/xml-api:
who asks is shown by a bearer token or a V4 signature, fields begin with `x-goog-`, a condition is
on the generation, and what is missing cannot be deleted.
"""

import base64
import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any, Final
from urllib.parse import quote

import httpx2
import uvicorn
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from seaweed import Bucket

MAIL: Final = "vault@project.iam.gserviceaccount.com"
_READY_SECONDS: Final = 60
_KEPT: Final = ("content-type", "etag", "last-modified", "content-range", "content-disposition")


@dataclass(frozen=True, slots=True)
class GoogleBucket:
    """A bucket and the service account that may do everything with it."""

    endpoint: str
    name: str
    key_file: Path

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    @property
    def environment(self) -> dict[str, str]:
        """What the vault looks for in its environment."""
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(self.key_file)}

    def fresh(self) -> str:
        """The URL of a place in the bucket that nobody else uses."""
        return f"gs://{self.name}/{token_hex(8)}"


@contextmanager
def before(behind: Bucket, folder: Path) -> Iterator[GoogleBucket]:
    """The same objects, asked for in Google's words; by a process of its own."""
    folder.mkdir(parents=True)
    key = folder / "key.json"
    write_key(key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        line = [sys.executable, __file__, str(listening.fileno()), str(key)]
        told = [behind.endpoint, behind.key_id, behind.secret]
        process = subprocess.Popen([*line, *told], pass_fds=[listening.fileno()])
        endpoint = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        httpx2.get(endpoint, timeout=_READY_SECONDS)  # it answers once it has begun
        yield GoogleBucket(endpoint, behind.name, key)
    finally:
        process.kill()
        process.wait()


def write_key(file: Path) -> None:
    """The key file of the service account, as Google gives it out."""
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    known = {"type": "service_account", "client_email": MAIL, "private_key_id": "1"}
    file.write_text(json.dumps({**known, "private_key": pem}))


@dataclass(frozen=True, slots=True)
class Front:
    """Asks `endpoint`, an S3 server, for those who show that they have the key."""

    endpoint: str
    who: Credentials
    key: RSAPublicKey
    client: httpx2.AsyncClient

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if any(name.startswith("x-amz-") for name in request.headers):
            answer = _refusal(400, "InvalidArgument")
        elif not self._proved(request):
            signed = "X-Goog-Signature" in request.query_params
            answer = _refusal(403, "SignatureDoesNotMatch" if signed else "AccessDenied")
        else:
            try:
                answer = await self._answer(request)
            except ClientDisconnect:
                return
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "DELETE" and not request.query_params:
            found = await self._ask(request, "HEAD")
            if found.status_code == 404:
                return _refusal(404, "NoSuchKey")
        return _as_google(request, await self._ask(request, request.method))

    async def _ask(self, request: Request, method: str) -> httpx2.Response:
        """The same of the server behind, in its own words."""
        fields = [it for it in request.query_params.multi_items() if not it[0].startswith("X-Goog")]
        query = "&".join(f"{quote(name, safe='')}={quote(it, safe='')}" for name, it in fields)
        url = f"{self.endpoint}{quote(request.url.path)}{'?' if query else ''}{query}"
        body = b"" if method == "HEAD" else await request.body()
        asked = AWSRequest(method, url, headers=_to_s3(request.headers), data=body)
        asked.headers["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
        SigV4Auth(self.who, "s3", "us-east-1").add_auth(asked)
        heads = dict(asked.headers)
        return await self.client.request(method, url, headers=heads, content=body)

    def _proved(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            return self._by_account(token)
        query = request.scope["query_string"].decode()
        shown, _, signature = query.partition("&X-Goog-Signature=")
        return bool(signature) and self._by_url(request, shown, signature=signature)

    def _by_account(self, token: str) -> bool:
        """A JWT that the account signed itself, as its documentation has it."""
        text, _, signature = token.rpartition(".")
        claims = json.loads(_decoded(text.partition(".")[2]))
        good = claims["iss"] == MAIL and claims["iat"] - 60 <= time.time() < claims["exp"]
        return good and self._signed(text.encode(), _decoded(signature))

    def _by_url(self, request: Request, shown: str, *, signature: str) -> bool:
        fields = request.query_params
        stamp = fields["X-Goog-Date"]
        begun = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        end = begun + timedelta(seconds=int(fields["X-Goog-Expires"]))
        path = request.scope["raw_path"].decode()
        host = f"host:{request.headers['host']}\n"
        lines = (request.method, path, shown, host, "host", "UNSIGNED-PAYLOAD")
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        scope = fields["X-Goog-Credential"].removeprefix(f"{MAIL}/")
        text = "\n".join((fields["X-Goog-Algorithm"], stamp, scope, digest))
        now = datetime.now(UTC)
        return begun <= now < end and self._signed(text.encode(), bytes.fromhex(signature))

    def _signed(self, text: bytes, signature: bytes) -> bool:
        try:
            self.key.verify(signature, text, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


def _to_s3(given: Headers) -> dict[str, str]:
    heads = {"range": given["range"]} if "range" in given else {}
    if given.get("x-goog-if-generation-match") == "0":
        heads["if-none-match"] = "*"
    meta = "x-goog-meta-"
    marks = {f"x-amz-meta-{it[len(meta) :]}": given[it] for it in given if it.startswith(meta)}
    return heads | marks


def _as_google(request: Request, answer: httpx2.Response) -> Response:
    heads: dict[str, Any] = {it: answer.headers[it] for it in _KEPT if it in answer.headers}
    meta = "x-amz-meta-"
    marks = (it for it in answer.headers if it.startswith(meta))
    heads |= {f"x-goog-meta-{it[len(meta) :]}": answer.headers[it] for it in marks}
    made = Response(answer.content, answer.status_code, {**heads, "x-goog-generation": "1"})
    if request.method == "HEAD":
        made.headers["content-length"] = answer.headers.get("content-length", "0")
    return made


def _refusal(status: int, code: str) -> Response:
    said = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code></Error>"
    return Response(said, status, media_type="application/xml")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _serve(handle: int, file: Path, *behind: str) -> None:
    endpoint, key_id, secret = behind
    private = load_pem_private_key(json.loads(file.read_text())["private_key"].encode(), None)
    key = private.public_key()
    assert isinstance(key, RSAPublicKey)
    client = httpx2.AsyncClient(timeout=30)
    front = Front(endpoint, Credentials(key_id, secret), key, client)
    config = uvicorn.Config(front, fd=handle, lifespan="off", log_config=None)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
