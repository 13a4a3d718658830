"""`dictabelt sign` with a leash, and whose word the server takes for where a caller is."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from cli.running import Command, first_line, started, stopped

ELSEWHERE = "192.0.2.7"


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_link_without_a_leash_is_not_kept(clinic: Command, call: str) -> None:
    signed = clinic("sign", call, "--form", "wav", "--from", "100", "--to", "900", "--json").json
    assert signed["id"] is None
    assert {"from": "100", "to": "900"}.items() <= query(signed["url"]).items()
    assert "share" not in query(signed["url"])


@pytest.mark.parametrize("leash", [("--uses", "2"), ("--network", "::1"), ("--note", "for Zoë")])
def test_a_link_with_a_leash_is_kept(leash: tuple[str, str], clinic: Command, call: str) -> None:
    signed = clinic("sign", call, *leash, "--json").json
    assert query(signed["url"])["share"] == signed["id"]


@pytest.mark.parametrize(
    ("wrong", "fix"),
    [
        (("--network", "10.0.0.5/8"), "write 10.0.0.0/8"),
        (("--uses", "1000001"), "1 to 1000000"),
        (("--form", "wav", "--from", "99999999"), "ms long"),
        (("--uses", "0"), "--help` shows how"),
    ],
)
def test_a_leash_that_cannot_be_is_refused_with_the_fix(
    wrong: tuple[str, ...], fix: str, clinic: Command, call: str
) -> None:
    refused = clinic("sign", call, *wrong)
    assert (refused.code, refused.out, fix in refused.err) == (2, "", True)


@pytest.mark.parametrize(
    ("trusted", "status"),
    [("[]", 403), ('["10.0.0.0/8"]', 403), ('["127.0.0.0/8"]', 200), ('["127.0.0.1"]', 200)],
)
def test_only_a_trusted_proxy_is_believed_where_a_caller_is(
    trusted: str,
    status: int,
    *,
    call: str,
    clinic: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "dictabelt-data" / "dictabelt.toml").write_text(f"trusted_proxies = {trusted}")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    with started("serve", "--port", "0", "--json", folder=tmp_path) as server:
        base = first_line(server)["base_url"]
        link = clinic("sign", call, "--network", ELSEWHERE, "--base-url", base).out.strip()
        said = {"x-forwarded-for": f"203.0.113.1, {ELSEWHERE}"}
        assert httpx2.get(link, headers=said).status_code == status
        assert httpx2.get(link).status_code == 403
        stopped(server)
