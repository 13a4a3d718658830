"""The media responder behind a real server, asked by real clients."""

import hashlib
import http.client
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest
import uvicorn

from dictabelt.http.bodies import CHUNK
from shelf import GIB, LAST_MODIFIED, FileBlob, Shelf, noise, parts_of, servable


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    shelf = Shelf(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("media"))
    config = uvicorn.Config(shelf, lifespan="off", ws="none", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield shelf
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=10) as client:
        yield client


SIZES = [1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17]


@pytest.mark.parametrize("size", [0, *SIZES])
def test_the_whole_is_served_as_it_is(shelf: Shelf, client: httpx2.Client, size: int) -> None:
    data = noise(size)
    answer = client.get(shelf.put(data, name="né.wav"))
    assert (answer.status_code, answer.content) == (200, data)
    assert dict(answer.headers) == {
        "date": answer.headers["date"],
        "server": "uvicorn",
        "content-type": "audio/wav",
        "content-length": str(size),
        "accept-ranges": "bytes",
        "content-disposition": "inline; filename=\"ne.wav\"; filename*=UTF-8''n%C3%A9.wav",
        "etag": f'"{hashlib.sha256(data).hexdigest()}"',
        "last-modified": LAST_MODIFIED,
        "cache-control": "private, max-age=0, must-revalidate",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Accept-Ranges, Content-Range, Content-Length, ETag, "
        "Content-Disposition",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }


@pytest.mark.parametrize("size", SIZES)
def test_a_range_is_the_slice(shelf: Shelf, client: httpx2.Client, size: int) -> None:
    data = noise(size)
    url = shelf.put(data)
    for first, last in [(0, 1), (0, size - 1), (size // 2, size), (size - 1, size + 10)]:
        answer = client.get(url, headers={"Range": f"bytes={first}-{last}"})
        end = min(last, size - 1)
        assert (answer.status_code, answer.content) == (206, data[first : last + 1])
        assert answer.headers["content-range"] == f"bytes {first}-{end}/{size}"
        assert answer.headers["content-length"] == str(end - first + 1)
        assert answer.headers["content-type"] == "audio/wav"


def test_several_ranges_are_a_multipart_of_exact_length(
    shelf: Shelf, client: httpx2.Client
) -> None:
    data = noise(2 * CHUNK + 100)
    asked = {"Range": f"bytes=5-9, -3, 100-{CHUNK + 200}"}
    answer = client.get(shelf.put(data), headers=asked)
    size = len(data)
    assert answer.status_code == 206
    assert "content-range" not in answer.headers
    assert parts_of(answer.headers["content-type"], answer.content) == [
        (f"bytes 5-9/{size}", data[5:10]),
        (f"bytes {size - 3}-{size - 1}/{size}", data[-3:]),
        (f"bytes 100-{CHUNK + 200}/{size}", data[100 : CHUNK + 201]),
    ]


def test_one_connection_carries_every_kind_of_answer(shelf: Shelf) -> None:
    data = noise(1000)
    tag = f'"{hashlib.sha256(data).hexdigest()}"'
    url = httpx2.URL(shelf.put(data))
    connection = http.client.HTTPConnection(url.host, url.port, timeout=10)
    connection.connect()
    link = connection.sock
    for method, headers, status, length in [
        ("GET", {}, 200, 1000),
        ("HEAD", {}, 200, 0),
        ("HEAD", {"Range": "bytes=0-1,5-6"}, 206, 0),
        ("GET", {"Range": "bytes=0-1"}, 206, 2),
        ("GET", {"If-None-Match": tag}, 304, 0),
        ("GET", {"Range": "bytes=1000-"}, 416, None),
        ("HEAD", {"Range": "bytes=1000-"}, 416, 0),
        ("GET", {"If-Match": '"x"'}, 412, None),
        ("OPTIONS", {"Origin": "https://player.example"}, 204, 0),
        ("POST", {}, 405, None),
        ("GET", {"Range": "bytes=0-1,5-6"}, 206, None),
        ("GET", {"Range": "lines=0-1"}, 200, 1000),
    ]:
        connection.request(method, url.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == status
        assert len(body) == length or length is None
    assert connection.sock is link
    connection.close()


def test_what_cannot_be_satisfied_says_how_much_there_is(
    shelf: Shelf, client: httpx2.Client
) -> None:
    answer = client.get(shelf.put(noise(10)), headers={"Range": "bytes=10-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */10"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert ElementTree.fromstring(answer.content).findtext("Code") == "InvalidRange"


def test_a_front_words_its_own_refusals(shelf: Shelf, client: httpx2.Client) -> None:
    def refuse(status: int, scope: Any) -> tuple[str, bytes]:
        return "application/json", b'{"path": "%s", "code": %d}' % (
            scope["path"].encode(),
            status,
        )

    url = shelf.put(noise(10), refuse=refuse)
    answer = client.get(url, headers={"Range": "bytes=10-"})
    assert answer.json() == {"path": httpx2.URL(url).path, "code": 416}
    assert answer.headers["content-type"] == "application/json"


def test_a_known_representation_is_not_sent_again(shelf: Shelf, client: httpx2.Client) -> None:
    url = shelf.put(noise(10))
    first = client.get(url)
    for condition in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        answer = client.get(url, headers=condition)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == first.headers["etag"]
        assert answer.headers["cache-control"] == first.headers["cache-control"]
        assert not {"content-length", "content-type"} & set(answer.headers)


def test_a_changed_representation_restarts_a_resumed_download(
    shelf: Shelf, client: httpx2.Client
) -> None:
    data = noise(100)
    url = shelf.put(data)
    tag = client.head(url).headers["etag"]
    for validator, status in [(tag, 206), (LAST_MODIFIED, 206), ('"old"', 200), (f"W/{tag}", 200)]:
        answer = client.get(url, headers={"Range": "bytes=50-", "If-Range": validator})
        assert answer.status_code == status
        assert answer.content == (data[50:] if status == 206 else data)


def test_conditions_on_several_lines_are_one_list(shelf: Shelf, client: httpx2.Client) -> None:
    url = shelf.put(noise(10))
    tag = client.head(url).headers["etag"]
    lines = [("If-None-Match", '"x"'), ("If-None-Match", tag)]
    assert client.get(url, headers=lines).status_code == 304
    lines = [("Range", "bytes=0-1"), ("Range", "bytes=5-6")]
    assert client.get(url, headers=lines).status_code == 200


def test_a_web_player_may_ask_from_any_site(shelf: Shelf, client: httpx2.Client) -> None:
    answer = client.options(shelf.put(b"x"), headers={"Origin": "https://player.example"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert allowed == ["Range", "If-Range", "If-None-Match", "Authorization"]
    assert int(answer.headers["access-control-max-age"]) > 0


NASTY = 'a\r\nSet-Cookie: x=1\r\n\r\n"; filename=b\u202e\x00\ud800.wav'


def test_nothing_of_a_name_or_a_type_becomes_a_header(shelf: Shelf, client: httpx2.Client) -> None:
    answer = client.get(shelf.put(b"x", name=NASTY, content_type="audio/wav\r\nSet-Cookie: y=1"))
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("inline; filename=")


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("audio/x-wav", "inline"),
        ("audio/ogg; codecs=opus", "inline"),
        ("video/mp4", "inline"),
        ("image/jpeg", "inline"),
        ("image/svg+xml", "attachment"),
        ("IMAGE/SVG+XML", "attachment"),
        ("text/html", "attachment"),
        ("application/xhtml+xml", "attachment"),
        ("", "attachment"),
    ],
)
def test_what_could_run_scripts_is_only_ever_downloaded(
    shelf: Shelf, client: httpx2.Client, content_type: str, kind: str
) -> None:
    answer = client.get(shelf.put(b"x", content_type=content_type))
    assert answer.headers["content-disposition"].partition(";")[0] == kind
    assert answer.headers["content-type"] == content_type or content_type == ""


def test_a_caller_may_add_headers_and_choose_caching_and_download(
    shelf: Shelf, client: httpx2.Client
) -> None:
    url = shelf.put(
        b"x",
        headers=(("X-Recording", "42"),),
        cache_control="no-store",
        disposition="attachment",
    )
    answer = client.get(url)
    assert answer.headers["x-recording"] == "42"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="call.wav"'


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_resumes_and_reads_ranges(shelf: Shelf, tmp_path: Path) -> None:
    data = noise(2 * CHUNK + 5)
    url, part = shelf.put(data), tmp_path / "part.wav"
    part.write_bytes(data[: CHUNK + 3])
    curl = ["curl", "-sS", "--fail", "--max-time", "10"]
    subprocess.run([*curl, "-C", "-", "-o", part, url], check=True)
    assert part.read_bytes() == data
    slivers = subprocess.run([*curl, "-r", "7-12", url], check=True, capture_output=True)
    assert slivers.stdout == data[7:13]
    named = subprocess.run([*curl, "-OJ", url], check=True, cwd=tmp_path)
    assert named.returncode == 0
    assert (tmp_path / "call.wav").read_bytes() == data


def test_a_client_that_hangs_up_stops_the_reading(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    with path.open("wb") as file:
        file.truncate(GIB)
    blob = FileBlob(path, GIB)
    url = httpx2.URL(shelf.keep(servable(blob)))
    with socket.create_connection((url.host, url.port), timeout=10) as link:
        link.sendall(f"GET {url.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert link.recv(12) == b"HTTP/1.1 200"
    assert blob.closed.wait(timeout=10)
    assert sum(blob.lengths) < GIB / 10


def test_bytes_that_end_early_break_the_connection(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    path.write_bytes(noise(CHUNK + 1))
    blob = FileBlob(path, CHUNK + 2)
    with httpx2.Client() as own, pytest.raises(httpx2.RemoteProtocolError):
        own.get(shelf.keep(servable(blob)))
    assert blob.closed.wait(timeout=10)
