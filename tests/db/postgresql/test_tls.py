"""A server over TLS: trusted by its certificate and name, or not spoken to."""

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.connecting import Reach
from postgres import Server, own_server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[Server]:
    """Speaks TLS, certified for 127.0.0.1; nobody gets in without."""
    it = authority.issue_cert("127.0.0.1")
    with own_server() as running:
        chain = b"".join(part.bytes() for part in it.cert_chain_pems)
        running.file("tls.crt", chain)
        running.file("tls.key", it.private_key_pem.bytes())
        running.file("data/pg_hba.conf", b"hostssl all all 127.0.0.1/32 trust\n")
        running.stop()
        files = ("ssl_cert_file=../tls.crt", "ssl_key_file=../tls.key")
        running.options = (*running.options, "ssl=on", *files)
        running.start()
        yield running


@pytest.fixture
def root(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "root.crt"
    path.write_bytes(authority.cert_pem.bytes())
    return path


async def version(url: str) -> str:
    """Of the protocol that the connection is under."""
    connection = await Reach(url).connect()
    try:
        found = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        told: str = await connection.fetchval(found)
    finally:
        await connection.close()
    return told


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_a_connection_is_encrypted(server: Server, root: Path, mode: str) -> None:
    assert await version(f"{server.url}?sslmode={mode}&sslrootcert={root}") == "TLSv1.3"


async def test_a_certificate_for_another_name_is_refused(server: Server, root: Path) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    assert await version(f"{url}?sslmode=verify-ca&sslrootcert={root}") == "TLSv1.3"
    with pytest.raises(StorageFailed, match="certificate of the database is not trusted"):
        await version(f"{url}?sslmode=verify-full&sslrootcert={root}")


async def test_a_certificate_of_a_stranger_is_refused(server: Server, tmp_path: Path) -> None:
    other = tmp_path / "other.crt"
    other.write_bytes(trustme.CA().cert_pem.bytes())
    with pytest.raises(StorageFailed, match="certificate of the database is not trusted"):
        await version(f"{server.url}?sslmode=verify-full&sslrootcert={other}")


async def test_who_comes_without_is_turned_away(server: Server) -> None:
    with pytest.raises(StorageFailed, match="refuses this user"):
        await version(f"{server.url}?sslmode=disable")


async def test_who_demands_it_does_not_go_on_without() -> None:
    with own_server() as plain, pytest.raises(StorageFailed, match="does not speak TLS"):
        await version(f"{plain.url}?sslmode=require")


async def test_a_url_that_is_none_says_so() -> None:
    with pytest.raises(StorageFailed, match="no URL of a database"):
        await Reach("postgresql://127.0.0.1:none/vault").connect()
    with pytest.raises(StorageFailed, match="no URL of a database"):
        await Reach("postgresql://127.0.0.1/vault?sslmode=perhaps").connect()


async def test_a_password_that_breaks_a_url_is_not_told() -> None:
    url = "postgresql://vault:hush/hush@127.0.0.1/vault"
    with pytest.raises(StorageFailed, match="percent-encode") as refused:
        await Reach(url).connect()
    assert "hush" not in "".join(traceback.format_exception(refused.value))
