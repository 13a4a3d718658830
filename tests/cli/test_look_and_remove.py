"""`dictabelt ls`, `show`, `rm` and `sign`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from cli.running import Command
from sounds import NOT_AUDIO, tone


def test_recordings_are_listed_newest_first_a_page_at_a_time(
    clinic: Command, tmp_path: Path
) -> None:
    made = []
    for pitch in (440, 550, 660):
        (tmp_path / "call.wav").write_bytes(tone(1, pitch))
        made.append(clinic("import", "call.wav", "--json").json["recording"])
    page = clinic("ls", "--limit", "2", "--json").json
    rest = clinic("ls", "--before", page[-1]["id"], "--json").json
    assert [it["id"] for it in page + rest] == made[::-1]


def test_the_list_shows_what_people_look_for(clinic: Command, call: str) -> None:
    (line,) = clinic("ls").lines
    id, _, length, leg, state, what = line.split("\t")
    assert (id, length, leg, state) == (call, "0:02", "pstn", "available")
    assert what == "+442079460100 -> ?"


def test_another_accounts_recordings_are_not_listed(clinic: Command, call: str) -> None:
    clinic("account", "add", "Rival")
    assert clinic("ls", "--account", "Rival", "--json").json == []
    assert clinic("show", call, "--account", "Rival").code == 1


def test_a_recording_is_shown_with_its_id_in_every_dialect(clinic: Command, call: str) -> None:
    shown = clinic("show", call, "--json").json
    assert shown["id"] == call
    assert shown["call"]["call_id"] == "12345"
    assert shown["ids"]["subverse"] == "12345"
    assert len(shown["ids"]) >= 5
    (media,) = shown["media"]
    assert (media["codec"], media["sample_rate"], media["channels"]) == ("pcm_s16le", 8000, 2)
    assert media["name"] == "call.wav"


def test_people_are_shown_a_fact_a_line(clinic: Command, call: str) -> None:
    lines = dict(line.split(maxsplit=1) for line in clinic("show", call).lines)
    assert lines["id"] == call
    assert lines["from"] == "+442079460100"
    assert lines["length"] == "0:02"
    assert lines["subverse"] == "12345"
    assert "call.wav" in lines["media"]


@pytest.mark.parametrize("verb", ["show", "sign", "get"])
def test_a_recording_that_is_not_there_is_told_with_the_way_to_find_them(
    clinic: Command, verb: str
) -> None:
    refused = clinic(verb, uuid4())
    assert refused.code == 1
    assert refused.err == (
        "dictabelt: error: no such recording; `dictabelt ls` shows those of the account\n"
    )


@pytest.mark.parametrize("verb", ["show", "sign", "get", "rm"])
def test_what_is_no_id_is_refused(clinic: Command, verb: str) -> None:
    refused = clinic(verb, "12345")
    assert refused.code == 2
    assert "'12345' is no id; `dictabelt ls` shows them" in refused.err


def test_a_removed_recording_is_gone_with_its_bytes(
    clinic: Command, call: str, tmp_path: Path
) -> None:
    removed = clinic("rm", call, "--yes", "--json")
    blobs = (tmp_path / "dictabelt-data" / "blobs").rglob("*")
    assert removed.json == [{"id": call, "deleted": True, "reason": None}]
    assert clinic("ls", "--json").json == []
    assert clinic("show", call).code == 1
    assert [it for it in blobs if it.is_file()] == []


def test_nothing_is_removed_where_nobody_can_be_asked(clinic: Command, call: str) -> None:
    refused = clinic("rm", call)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert len(clinic("ls", "--json").json) == 1


def test_what_cannot_be_removed_does_not_save_the_others(clinic: Command, call: str) -> None:
    missing = str(uuid4())
    removed = clinic("rm", missing, call, "--yes", "--json")
    assert removed.code == 3
    assert [it["deleted"] for it in removed.json] == [False, True]
    assert removed.err == f"dictabelt: error: {missing}: no such recording\n"
    assert clinic("rm", missing, "--yes").code == 1


def test_a_link_says_when_it_ends(clinic: Command, call: str) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    signed = clinic("sign", call, "--expires", "90s", "--form", "wav", "--json").json
    after = datetime.now(UTC)
    ends = datetime.fromisoformat(signed["expires_at"])
    assert before <= ends - timedelta(seconds=90) <= after
    assert parse_qs(urlsplit(signed["url"]).query)["X-Amz-Expires"] == ["90"]
    assert urlsplit(signed["url"]).path.endswith(".wav")


def test_a_link_is_for_the_server_that_the_user_reaches(
    clinic: Command, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = clinic("sign", call).out
    named = clinic("sign", call, "--base-url", "https://calls.example.com/").out
    monkeypatch.setenv("DICTABELT_PUBLIC_URLS", '["https://vault.example.com"]')
    public = clinic("sign", call).out
    assert own.startswith("http://127.0.0.1:8080/media/")
    assert named.startswith("https://calls.example.com/media/")
    assert public.startswith("https://vault.example.com/media/")


@pytest.mark.parametrize("expires", ["0s", "8d", "tomorrow", "1.5h", "-1h", "9999999999d"])
def test_a_time_that_no_link_can_live_is_refused(clinic: Command, call: str, expires: str) -> None:
    refused = clinic("sign", call, f"--expires={expires}")
    assert refused.code == 2
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize("url", ["calls.example.com", "ftp://a", "https://a/b", "https://u@a"])
def test_a_base_url_is_scheme_and_host(clinic: Command, call: str, url: str) -> None:
    refused = clinic("sign", call, "--base-url", url)
    assert refused.code == 2
    assert "https://calls.example.com" in refused.err


def test_no_link_is_given_to_what_cannot_be_played(clinic: Command, tmp_path: Path) -> None:
    (tmp_path / "page.wav").write_bytes(NOT_AUDIO)
    failed = clinic("import", "page.wav", "--json").json
    refused = clinic("sign", failed["recording"])
    assert (refused.code, refused.out) == (1, "")
    assert failed["reason"] in refused.err
