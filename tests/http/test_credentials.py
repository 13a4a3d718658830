"""Keys as requests carry them, and everything that only looks like one."""

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asgi_requests import request
from dictabelt.core.access import Credentials
from dictabelt.http.credentials import basic, header, token

ACCOUNT = "5d0b0cb6-4a57-4c0d-9c77-1a4f3a1b7e01"
PLAIN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


def authorized(value: str) -> Credentials | None:
    return basic(request(headers={"authorization": value}))


def encoded(text: str | bytes) -> str:
    return b64encode(text if isinstance(text, bytes) else text.encode()).decode()


@settings(deadline=None, max_examples=100)
@given(PLAIN, PLAIN)
def test_basic_is_an_account_and_a_token_whatever_is_in_them(account: str, secret: str) -> None:
    account = account.replace(":", "")
    found = authorized(f"Basic {encoded(f'{account}:{secret}')}")
    assert found == Credentials(secret, account.lower())


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc"])
def test_the_scheme_may_be_in_any_case(scheme: str) -> None:
    found = authorized(f"{scheme} {encoded(f'{ACCOUNT.upper()}:t')}")
    assert found == Credentials("t", ACCOUNT)


def test_only_the_first_colon_parts_account_and_token() -> None:
    assert authorized(f"Basic {encoded('a:b:c')}") == Credentials("b:c", "a")


@pytest.mark.parametrize("value", ["", "Bearer x", "Basic2 x", "AccessKey x", "Basi c"])
def test_another_scheme_is_no_basic_at_all(value: str) -> None:
    assert authorized(value) is None


def test_no_authorization_header_is_no_basic_at_all() -> None:
    assert basic(request()) is None


@pytest.mark.parametrize(
    "value",
    [
        "Basic",
        "Basic ",
        "Basic \xe9",
        "Basic !!!!",
        "Basic YQ",
        f"Basic {encoded('no-colon')}",
        f"Basic {encoded('account:')}",
        f"Basic {encoded(b'a:' + bytes([0xFF]))}",
        f"Basic {encoded(':')}",
    ],
)
def test_a_broken_basic_is_wrong_rather_than_missing(value: str) -> None:
    found = authorized(value)
    assert found is not None
    assert found.token == "?"


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(max_codepoint=255)))
def test_no_header_makes_it_fail(value: str) -> None:
    for reader in (basic, lambda it: token(it, "bearer"), lambda it: header(it, "authorization")):
        found = reader(request(headers={"authorization": value}))
        assert found is None or found.token


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_follows_its_scheme(scheme: str) -> None:
    made = request(headers={"authorization": f"{scheme}  dbk_x "})
    assert token(made, "bearer") == Credentials("dbk_x")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Bearer\tx", "AccessKey x", "dbk_x"])
def test_without_its_scheme_there_is_no_token(value: str) -> None:
    assert token(request(headers={"authorization": value}), "bearer") is None


def test_a_header_of_its_own_carries_the_token_alone() -> None:
    assert header(request(headers={"X-Api-Key": " dbk_x "}), "x-api-key") == Credentials("dbk_x")
    assert header(request(headers={"X-Api-Key": "  "}), "x-api-key") is None
    assert header(request(), "x-api-key") is None
