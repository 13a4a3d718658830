"""Tokens: what is one, told without a look-up, and what of it is kept."""

import re
from string import ascii_letters, digits

from hypothesis import example, given, settings
from hypothesis import strategies as st

from dictabelt.core.tokens import PREFIX, digest, new_token, well_formed

LETTERS = digits + ascii_letters


def test_a_token_is_its_prefix_and_49_letters_and_digits() -> None:
    assert re.fullmatch(r"dbk_[0-9A-Za-z]{49}", new_token())


def test_no_two_tokens_are_alike() -> None:
    assert len({new_token() for _ in range(1_000)}) == 1_000


def test_every_new_token_is_well_formed() -> None:
    assert all(well_formed(new_token()) for _ in range(1_000))


@settings(deadline=None, max_examples=200)
@given(st.integers(len(PREFIX), len(PREFIX) + 48), st.sampled_from(LETTERS))
def test_one_wrong_letter_anywhere_shows(place: int, letter: str) -> None:
    token = new_token()
    wrong = token[:place] + letter + token[place + 1 :]
    assert well_formed(wrong) == (wrong == token)


@settings(deadline=None, max_examples=200)
@given(st.text() | st.text(LETTERS, min_size=49, max_size=49).map(PREFIX.__add__))
@example("")
@example(PREFIX)
@example(PREFIX + "0" * 49)
@example(PREFIX + "٣" * 49)
def test_no_other_text_is_well_formed(text: str) -> None:
    assert not well_formed(text)


def test_nothing_may_stand_around_a_token() -> None:
    token = new_token()
    for wrong in (f" {token}", f"{token} ", f"{token}\n", token.upper(), token * 2, token[:-1]):
        assert not well_formed(wrong)


def test_a_digest_tells_nothing_without_the_pepper() -> None:
    token = new_token()
    assert digest(token, b"pepper") == digest(token, b"pepper")
    assert digest(token, b"pepper") != digest(token, b"another")
    assert digest(token, b"pepper") != digest(new_token(), b"pepper")
    assert len(digest(token, b"pepper")) == 32
