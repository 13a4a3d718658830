"""Audio brought to a bucket by the command line, and the check-up of what the vault stands on."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from cli.running import Command
from google_bucket import GoogleBucket
from seaweed import Bucket
from stocked import Place

NAMES = ["disk", "database", "put", "get", "range", "list"]


@pytest.fixture(params=["bucket", "container", "google"])
def place(request: pytest.FixtureRequest) -> Place:
    """A bucket of S3, Azure's container, Google's bucket."""
    it: Place = request.getfixturevalue(request.param)
    return it


def settings(folder: Path, bucket: Place, url: str) -> None:
    lines = f'blobs_endpoint = "{bucket.endpoint}"\nblobs = "{url}"\n'
    (folder / "dictabelt-data" / "dictabelt.toml").write_text(lines)


def stored(folder: Path) -> list[Path]:
    """Blobs of the folder, and what stands in its spool."""
    data = folder / "dictabelt-data"
    return [it for part in ("blobs", "spool") for it in (data / part).rglob("*") if it.is_file()]


def test_a_vault_moves_into_a_bucket_and_back(
    clinic: Command, call: str, place: Place, tmp_path: Path
) -> None:
    before = clinic("get", call, "-o", "before.wav")
    assert before.code == 0
    count, url = len(stored(tmp_path)), place.fresh()
    settings(tmp_path, place, "files")
    there = clinic("blobs", "copy", "--from", "files", "--to", url, "--json").json
    assert (there["copied"], there["there already"]) == (count, 0)
    again = clinic("blobs", "copy", "--from", "files", "--to", url, "--verify", "--json").json
    assert (again["copied"], again["there already"], again["different"]) == (0, count, 0)
    for it in stored(tmp_path):
        it.unlink()
    settings(tmp_path, place, url)
    assert clinic("get", call, "-o", "after.wav").code == 0
    assert (tmp_path / "after.wav").read_bytes() == (tmp_path / "before.wav").read_bytes()
    assert stored(tmp_path) == []
    back = clinic("blobs", "copy", "--from", url, "--to", "files")
    assert (back.code, back.err.splitlines()[0]) == (0, f"{count} copied")
    assert len(stored(tmp_path)) == count


def test_a_vault_moves_from_one_server_to_another(
    clinic: Command, call: str, bucket: Bucket, google: GoogleBucket, tmp_path: Path
) -> None:
    urls = bucket.fresh(), google.fresh()
    settings(tmp_path, bucket, urls[0])
    assert clinic("blobs", "copy", "--from", "files", "--to", urls[0]).code == 0
    line = ["blobs", "copy", "--from", urls[0], "--to", urls[1], "--to-endpoint", google.endpoint]
    assert clinic(*line, "--json").json["copied"] == len(stored(tmp_path))
    back = ["blobs", "copy", "--from", urls[1], "--from-endpoint", google.endpoint, "--to", "files"]
    assert clinic(*back, "--verify", "--json").json["there already"] == len(stored(tmp_path))
    assert clinic(*line[:-1], "ftp://x").code == 2


def test_bytes_that_differ_are_told_and_left(
    clinic: Command, call: str, bucket: Bucket, tmp_path: Path
) -> None:
    url = bucket.fresh()
    settings(tmp_path, bucket, "files")
    assert clinic("blobs", "copy", "--from", "files", "--to", url).code == 0
    first, *_ = stored(tmp_path)
    first.write_bytes(first.read_bytes()[:-1] + b"!")
    assert clinic("blobs", "copy", "--from", "files", "--to", url).code == 0
    found = clinic("blobs", "copy", "--from", "files", "--to", url, "--verify")
    assert found.code == 3
    assert first.name in found.err


HERE = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--from files --to files", "name the same store"),
        ("--from az://vault --to az://vault/", "name the same store"),
        ("--from gs://vault --to gs://vault --to-endpoint cloud", "name the same store"),
        (f"--from s3://vault --to s3://vault --to-endpoint {HERE}/", "--to-endpoint: needs"),
        (f"--from s3://vault --from-endpoint {HERE}? --to files", "--from-endpoint: needs"),
        ("--from files --to nonsense", "--to: needs the form s3://"),
        ("--from s3:// --to files", "--from: needs the form s3://"),
        ("--from files --to ftp://x/y", "--to: needs the form s3://"),
        (f"--from files --from-endpoint {HERE} --to s3://vault", "--from-endpoint: files are in"),
        ("--from s3://vault --to files --to-endpoint cloud", "--to-endpoint: files are in"),
        (f"--from files --to s3://vault --to-endpoint {HERE}/path", "--to-endpoint: only that"),
        (f"--from gs://vault --from-endpoint {HERE}/p --to files", "--from-endpoint: only that"),
    ],
)
def test_what_cannot_be_copied_is_a_mistake_in_an_option(
    command: Command, line: str, told: str
) -> None:
    refused = command("blobs", "copy", *line.split())
    assert refused.code == 2
    assert told in refused.err
    assert "setting" not in refused.err


def test_a_path_that_is_another_stores_is_a_mistake(
    clinic: Command, google: GoogleBucket, tmp_path: Path
) -> None:
    file = tmp_path / "dictabelt-data" / "dictabelt.toml"
    file.write_text('blobs_endpoint = "http://127.0.0.1:1/account"\n')
    refused = clinic("blobs", "copy", "--from", "az://vault", "--to", "s3://vault")
    assert (refused.code, "want of --to-endpoint: only that of az" in refused.err) == (2, True)
    file.write_text('blobs = "gs://vault"\nblobs_public_endpoint = "http://127.0.0.1:1/media"\n')
    refused = clinic("ls")
    assert (refused.code, "blobs_public_endpoint: only that" in refused.err) == (2, True)


def test_the_doctor_finds_a_folder_well(clinic: Command) -> None:
    found = clinic("doctor", "--json")
    assert found.code == 0
    assert [it["name"] for it in found.json] == [*NAMES, "delete"]
    assert [it["fault"] for it in found.json] == [None] * 7


def test_the_doctor_finds_a_bucket_well(clinic: Command, place: Place, tmp_path: Path) -> None:
    settings(tmp_path, place, place.fresh())
    found = clinic("doctor", "--json")
    assert [it["name"] for it in found.json] == [*NAMES, "presign", "clock", "delete"]
    assert [it["fault"] for it in found.json] == [None] * 9
    assert found.code == 0


def test_the_doctor_says_the_fix(
    clinic: Command, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(tmp_path, bucket, bucket.fresh())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    found = clinic("doctor")
    assert found.code == 4
    assert "set AWS_SECRET_ACCESS_KEY" in found.out


class Bare(BaseHTTPRequestHandler):
    """A container of Azure's that is empty and takes nothing."""

    def do_GET(self) -> None:
        self.answer(200, b"<EnumerationResults><Blobs/></EnumerationResults>")

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.answer(403, b"<Error><Code>AuthorizationPermissionMismatch</Code></Error>")

    def do_POST(self) -> None:
        self.do_PUT()

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The vault's audio in such a container, with a SAS for it."""
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_KEY", raising=False)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2020-12-06&sp=rl&sig=c2lnbmF0dXJl")
    with ThreadingHTTPServer(("127.0.0.1", 0), Bare) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        lines = f'blobs = "az://vault"\nblobs_endpoint = "http://127.0.0.1:{server.server_port}"\n'
        (tmp_path / "dictabelt-data").mkdir()
        (tmp_path / "dictabelt-data" / "dictabelt.toml").write_text(lines)
        yield
        server.shutdown()
        thread.join()


def test_the_doctor_says_why_nobody_is_sent_to_the_store(bare: None, clinic: Command) -> None:
    before = clinic("doctor", "--json").json
    assert [it["name"] for it in before] == ["disk", "database", "put"]
    assert "AZURE_STORAGE_SAS_TOKEN" in before[-1]["fault"]
    clinic("account", "change", "--account", "Clinic", "--delivery", "redirect")
    after = clinic("doctor", "--json").json
    assert (after[-1]["name"], after[-1]["fault"]) == ("presign", None)
    assert "AZURE_STORAGE_ACCOUNT_KEY" in after[-1]["detail"]


def test_a_setting_that_the_store_would_leave_out_is_a_mistake(
    clinic: Command, google: GoogleBucket, tmp_path: Path
) -> None:
    settings(tmp_path, google, google.fresh())
    with (tmp_path / "dictabelt-data" / "dictabelt.toml").open("a") as file:
        file.write('blobs_kms_key = "mine"\n')
    refused = clinic("ls")
    assert refused.code == 2
    assert "setting blobs_kms_key: is for s3:// alone" in refused.err


def test_the_doctor_says_when_clients_cannot_reach_the_bucket(
    clinic: Command, bucket: Bucket, tmp_path: Path
) -> None:
    settings(tmp_path, bucket, bucket.fresh())
    with (tmp_path / "dictabelt-data" / "dictabelt.toml").open("a") as file:
        file.write('blobs_public_endpoint = "http://127.0.0.1:1"\n')
    faults = {it["name"]: it["fault"] for it in clinic("doctor", "--json").json}
    assert "blobs_public_endpoint" in faults.pop("presign")
    assert "blobs_public_endpoint" in faults.pop("clock")
    assert set(faults.values()) == {None}
