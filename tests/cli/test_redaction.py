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


def test_long_lines_cost_little() -> None:
    text = "a.b://c:" * 20_000
    assert redacted(text) == text
