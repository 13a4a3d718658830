"""What Azure refuses to a vault whose credential is a SAS, told with its fix."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.blobs.places import Patience, Place
from dictabelt.core.errors import StorageFailed

SIGNATURE = "c2lnbmF0dXJl"
LISTED = "<EnumerationResults><Blobs/></EnumerationResults>"


def refusing(status: str, code: str) -> str:
    return f"{status}\r\n\r\n<Error><Code>{code}</Code><Message>No.</Message></Error>"


@asynccontextmanager
async def answering(deletes: str, others: str) -> AsyncIterator[str]:
    """The endpoint of a server that answers each request to delete and each other so."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        head, _, body = (deletes if asked.startswith(b"POST") else others).partition("\r\n\r\n")
        size = f"content-length: {len(body)}\r\nconnection: close"
        writer.write(f"HTTP/1.1 {head}\r\n{size}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/account"


@pytest.fixture(autouse=True)
def sas(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    token = f"sv=2020-12-06&ss=b&srt=co&sp=rcwdl&se=2026-03-03T09:00:00Z&sig={SIGNATURE}"
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", token)


async def store_at(endpoint: str, folder: Path) -> ObjectBlobs:
    blobs = ObjectBlobs(
        Place("az://vault", endpoint, patience=Patience(retries=0)), folder / "spool"
    )
    await blobs.prepare()
    return blobs


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("AuthenticationFailed", "set AZURE_STORAGE_SAS_TOKEN to a new one"),
        ("AuthorizationFailure", "set AZURE_STORAGE_SAS_TOKEN to a new one"),
        ("AuthorizationPermissionMismatch", "AZURE_STORAGE_SAS_TOKEN to one for reading"),
        ("AuthorizationResourceTypeMismatch", "AZURE_STORAGE_SAS_TOKEN to one for reading"),
    ],
)
async def test_a_sas_that_is_refused_is_named_and_not_shown(
    tmp_path: Path, code: str, fix: str
) -> None:
    no = refusing("403 Forbidden", code)
    async with answering(deletes=no, others=no) as endpoint:
        with pytest.raises(StorageFailed, match=fix) as refused:
            await store_at(endpoint, tmp_path)
    assert SIGNATURE not in f"{refused.value}{refused.value.__notes__}"


@pytest.mark.parametrize(
    ("refusal", "fix"),
    [
        ("500 Internal Server Error\r\n\r\n", "Blob Batch.* set AZURE_STORAGE_ACCOUNT_KEY"),
        ("503 Service Unavailable\r\n\r\n", "overloaded or down"),
        (refusing("403 Forbidden", "AuthorizationPermissionMismatch"), "sp=rcwdl"),
    ],
)
async def test_a_delete_that_is_refused_says_the_fix(
    tmp_path: Path, refusal: str, fix: str
) -> None:
    async with answering(deletes=refusal, others=f"200 OK\r\n\r\n{LISTED}") as endpoint:
        blobs = await store_at(endpoint, tmp_path)
        with pytest.raises(StorageFailed, match=fix):
            await blobs.delete("3f/aa")


async def test_what_is_no_sas_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "nonsense")
    with pytest.raises(StorageFailed, match="AZURE_STORAGE_SAS_TOKEN is no SAS"):
        await store_at("http://127.0.0.1:1/account", tmp_path)
