"""Where settings come from; networks of webhooks and endpoints of stores; mistakes told by name."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from dictabelt.settings import BadSettings, at_endpoint, load

NAME = "DICTABELT_WEBHOOK_NETWORKS"


def of_environment(value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    monkeypatch.setenv(NAME, value)
    return load({"data": str(tmp_path)}, {NAME: value}).webhook_networks


def test_no_network_is_allowed_beside_the_public_ones_unless_it_is_set(tmp_path: Path) -> None:
    assert load({"data": str(tmp_path)}, {}).webhook_networks == ()


def test_networks_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = of_environment('["127.0.0.0/8", "fd00::/8", "10.0.0.5"]', monkeypatch, tmp_path)
    assert told == tuple(map(ip_network, ("127.0.0.0/8", "fd00::/8", "10.0.0.5/32")))


def test_networks_come_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "dictabelt.toml").write_text('webhook_networks = ["10.1.0.0/16"]')
    assert load({"data": str(tmp_path)}, {}).webhook_networks == (ip_network("10.1.0.0/16"),)


@pytest.mark.parametrize("value", ['["10.1.0.5/16"]', '["vault.example"]', "[5]", '"::1"', "x"])
def test_what_is_not_a_list_of_networks_is_told_by_name(
    value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(BadSettings, match="webhook_networks") as told:
        of_environment(value, monkeypatch, tmp_path)
    assert "TOML" not in str(told.value)


@pytest.mark.parametrize("name", ["blobs_endpoint", "blobs_public_endpoint"])
def test_an_endpoint_may_have_a_path_and_no_more(tmp_path: Path, name: str) -> None:
    for url in ("https://s3.example", "http://127.0.0.1:10000/devstoreaccount1"):
        assert getattr(load({"data": tmp_path, name: url}, {}), name) == url
    for url in ("s3.example", "ftp://s3.example", "https://", "https://x/", "https://x/a?b"):
        with pytest.raises(BadSettings, match=f"setting {name}: .* needs the form https://host"):
            load({"data": tmp_path, name: url}, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("blobs_endpoint", "http://127.0.0.1:99999"),
        ("blobs_public_endpoint", "http://[::1"),
        ("blobs_proxy", "nonsense"),
        ("blobs_proxy", ""),
        ("blobs_proxy", "socks9://x"),
        ("blobs_region", "eu central 1"),
        ("blobs_region", "ü"),
        ("blobs_kms_key", "a\nb"),
    ],
)
def test_what_the_client_of_a_store_would_choke_on_is_told_by_name(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(BadSettings, match=f"^setting {name}: "):
        load({"data": tmp_path, name: value}, {})


def test_another_endpoint_is_for_one_store_alone(tmp_path: Path) -> None:
    mine = load({"data": tmp_path, "blobs_endpoint": "https://mine.example"}, {})
    assert at_endpoint(mine, "https://other.example").blobs_endpoint == "https://other.example"
    assert at_endpoint(mine, "cloud").blobs_endpoint is None
    assert mine.blobs_endpoint == "https://mine.example"
    with pytest.raises(ValueError, match=r"needs the form .* or `cloud`"):
        at_endpoint(mine, "other")


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "dictabelt.toml").write_text("port = 1\nworkers = 1\nencoders = 1")
    environment = {"DICTABELT_PORT": "2", "DICTABELT_WORKERS": "2"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    told = load({"data": str(tmp_path), "port": 3}, environment)
    assert (told.port, told.workers, told.encoders) == (3, 2, 1)
