"""What nobody should read in a log is not in one."""

import pytest

from dictabelt.cli.redaction import redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://vault:hush@db.example/vault", "postgresql://vault:***@db.example/vault"),
        ("postgres://vault:hu/s:h@@one,two/vault", "postgres://vault:***@one,two/vault"),
        ("POSTGRESQL://:hush@db/vault", "POSTGRESQL://:***@db/vault"),
        ("'http://proxy:hush@[::1]:8080'", "'http://proxy:***@[::1]:8080'"),
        ("from postgresql://vault@db:5432/vault", "from postgresql://vault@db:5432/vault"),
        ("http://127.0.0.1:8080/v1 to me@here", "http://127.0.0.1:8080/v1 to me@here"),
    ],
)
def test_the_password_of_a_url_is_not_told(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/v/k?X-Goog-Signature=aabbccddeeff0011&x=y", "/v/k?X-Goog-Signature=***&x=y"),
        ("?X-Goog-Credential=me%40x%2F20260303&x=y", "?X-Goog-Credential=***&x=y"),
        ("/v/k?sp=r&sig=h%2BF9Ecfe%2FkwQvi%3D&sv=1", "/v/k?sp=r&sig=***&sv=1"),
        ("Protocol=https;AccountKey=abcdefabcdef==", "Protocol=https;AccountKey=***"),
        ("SharedAccessSignature=sv=1&sig=abcdefgh", "SharedAccessSignature=sv=1&sig=***"),
        ("authorization: SharedKey account:abcdefgh=", "authorization: SharedKey account:***"),
        ("SharedKeyLite account:abcdefgh=", "SharedKeyLite account:***"),
    ],
)
def test_the_signatures_and_keys_of_a_store_are_not_told(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_long_lines_cost_little() -> None:
    text = "a.b://c:" * 20_000
    assert redacted(text) == text
