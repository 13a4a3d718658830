"""URLs of Azure and Google: what is signed, as their own libraries sign it, and with what."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from dictabelt.blobs.azure_links import AzureAccount, AzureLinks, azure_account_of
from dictabelt.blobs.google_links import GoogleLinks, ServiceAccount, service_account_of
from dictabelt.blobs.places import Place
from dictabelt.core.ports import Guise
from google_bucket import MAIL, write_key

NOW = datetime(2026, 3, 3, 9, 0, 0, 700_000, UTC)
GUISE = Guise("audio/wav", "inline; filename=\"a b.wav\"; filename*=UTF-8''%C3%BC.wav")
ACCOUNT = AzureAccount("account", bytes(range(64)))
AZURE = {
    "AZURE_STORAGE_ACCOUNT_NAME": "account",
    "AZURE_STORAGE_ACCOUNT_KEY": base64.b64encode(ACCOUNT.key).decode(),
}


async def azure(place: Place, *, endpoint: str | None = None) -> str:
    links = AzureLinks(ACCOUNT, place, endpoint=endpoint)
    url = await links.address("3f/aa", GUISE, now=NOW, until=NOW + timedelta(minutes=5))
    assert url is not None
    return url


async def test_azure_signs_as_its_library_does() -> None:
    url = await azure(Place("az://vault/pre"))
    fields = {name: it[0] for name, it in parse_qs(urlsplit(url).query).items()}
    assert url.partition("?")[0] == "https://account.blob.core.windows.net/vault/pre/3f/aa"
    # azure-storage-blob 12.31.1, generate_blob_sas of the same, with its version set back
    assert fields == {
        "sp": "r",
        "se": "2026-03-03T09:05:00Z",
        "spr": "https",
        "sv": "2020-12-06",
        "sr": "b",
        "rscd": GUISE.disposition,
        "rsct": GUISE.content_type,
        "sig": "h+F9Ecfe/kwQvi+D+YgkEfeRG6IWTexuxpD2p6uFoRg=",
    }


async def test_azure_is_where_the_settings_say() -> None:
    place = Place("az://vault", "http://127.0.0.1:10000/account")
    assert (await azure(place)).startswith("http://127.0.0.1:10000/account/vault/3f/aa?")
    assert "spr=https%2Chttp&" in await azure(place)
    away = await azure(place, endpoint="https://media.example")
    assert away.startswith("https://media.example/vault/3f/aa?")


def known_to_all() -> RSAPrivateKey:
    """A key of two primes that nobody keeps secret, of Mersenne's."""
    p, q, e = 2**521 - 1, 2**607 - 1, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    rest = (rsa_crt_dmp1(d, p), rsa_crt_dmq1(d, q), rsa_crt_iqmp(p, q))
    return RSAPrivateNumbers(p, q, d, *rest, RSAPublicNumbers(e, p * q)).private_key()


async def test_google_signs_as_its_library_does() -> None:
    account = ServiceAccount(MAIL, known_to_all())
    links = GoogleLinks(account, Place("gs://vault/pre"), endpoint=None)
    url = await links.address("3f/aa", GUISE, now=NOW, until=None)
    assert url is not None
    # google-cloud-storage 3.17.1, generate_signed_url_v4 of the same at the same instant
    assert url.partition("&X-Goog-Signature=")[2] == (
        "29b2fb54970f1c8e2401c1afd3ed7707e07a72fd7b4bcc8bc5e3360ae7e18da9226245f41465cfc9b624bf7fb4"
        "3f5abbf8c85a8cce97317e8fb140a8e49417c51dd660d6099960eac5673b8993ec70c196141987f280055931cd"
        "eb351f0a96b09730ed2085da0f07442e1d57391f9feefd2c2b8f1696d41893b1165aa06790a57c760597a3b579"
        "d5a6b0b57a0f"
    )


def test_an_account_of_azure_has_a_name_and_a_key() -> None:
    assert azure_account_of(AZURE) == ACCOUNT
    key = AZURE["AZURE_STORAGE_ACCOUNT_KEY"]
    for none in ("?", "é"):
        assert azure_account_of({**AZURE, "AZURE_STORAGE_ACCOUNT_KEY": none}) is None
    assert azure_account_of({"AZURE_STORAGE_ACCOUNT_NAME": "account"}) is None
    assert azure_account_of({"AZURE_STORAGE_ACCOUNT_KEY": key}) is None
    assert key not in repr(ACCOUNT)
    assert "x00" not in repr(ACCOUNT)


def test_an_account_of_google_has_an_rsa_key(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    write_key(file)
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT"):
        found = service_account_of({name: str(file)})
        assert found is not None
        assert found.email == MAIL
    assert service_account_of({"GOOGLE_SERVICE_ACCOUNT_KEY": file.read_text()}) is not None
    curve = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    locked = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hush")
    )
    for text in (
        json.dumps({"client_email": MAIL, "private_key": curve.decode()}),
        json.dumps({"client_email": MAIL, "private_key": "?"}),
        json.dumps({"client_email": MAIL, "private_key": 5}),
        json.dumps({"client_email": 5, "private_key": json.loads(file.read_text())["private_key"]}),
        json.dumps({"client_email": MAIL, "private_key": locked.decode()}),
        json.dumps({"type": "authorized_user", "refresh_token": "x"}),
        "[]",
        "{",
    ):
        assert service_account_of({"GOOGLE_SERVICE_ACCOUNT_KEY": text}) is None
    assert service_account_of({"GOOGLE_APPLICATION_CREDENTIALS": "/none"}) is None
    assert service_account_of({}) is None


async def test_a_url_that_would_live_for_no_second_is_none(tmp_path: Path) -> None:
    write_key(tmp_path / "key.json")
    account = service_account_of({"GOOGLE_SERVICE_ACCOUNT": str(tmp_path / "key.json")})
    assert account is not None
    google = GoogleLinks(account, Place("gs://vault"), endpoint=None)
    for links in (google, AzureLinks(ACCOUNT, Place("az://vault"), endpoint=None)):
        assert await links.address("3f/aa", GUISE, now=NOW, until=NOW) is None


async def test_google_is_where_the_settings_say(tmp_path: Path) -> None:
    write_key(tmp_path / "key.json")
    account = service_account_of({"GOOGLE_SERVICE_ACCOUNT": str(tmp_path / "key.json")})
    assert account is not None
    assert "PRIVATE" not in repr(account)
    links = GoogleLinks(account, Place("gs://vault/pre"), endpoint=None)
    url = await links.address("3f/aa", GUISE, now=NOW, until=None)
    assert url is not None
    shown, _, signature = url.partition("&X-Goog-Signature=")
    assert shown.startswith("https://storage.googleapis.com/vault/pre/3f/aa?")
    fields = {name: it[0] for name, it in parse_qs(urlsplit(shown).query).items()}
    assert fields == {
        "X-Goog-Algorithm": "GOOG4-RSA-SHA256",
        "X-Goog-Credential": f"{MAIL}/20260303/auto/storage/goog4_request",
        "X-Goog-Date": "20260303T090000Z",
        "X-Goog-Expires": "3600",
        "X-Goog-SignedHeaders": "host",
        "response-content-disposition": GUISE.disposition,
        "response-content-type": GUISE.content_type,
    }
    assert len(bytes.fromhex(signature)) == 256
