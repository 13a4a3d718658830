"""Ids: random, and read from their one spelling alone."""

import pickle
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictabelt.core.ids import new_uuid, read_prefixed, read_uuid, spell_prefixed, uuid_of

ID = UUID("8c6f1f6e-52a3-4d0b-9d2e-0f6a7f3c9b21")


def test_new_ids_are_random_uuids() -> None:
    made = {new_uuid() for _ in range(1_000)}
    assert len(made) == 1_000
    assert {(it.version, it.variant) for it in made} == {(4, RFC_4122)}


@given(st.uuids())
def test_the_bytes_of_an_id_make_one_like_any_other(id: UUID) -> None:
    it = uuid_of(id.bytes)
    assert (it, hash(it), repr(it), it.is_safe) == (id, hash(id), repr(id), id.is_safe)
    assert pickle.loads(pickle.dumps(it)) == id


@settings(deadline=None, max_examples=100)
@given(st.uuids())
def test_both_spellings_lead_back(id: UUID) -> None:
    assert read_uuid(str(id)) == id
    assert read_uuid(str(id).upper()) == id
    assert read_prefixed("rec_", spell_prefixed("rec_", id)) == id


@pytest.mark.parametrize(
    "text",
    [
        "",
        ID.hex,
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        f" {ID}",
        f"{ID}\n",
        str(ID).replace("-", "_"),
        str(ID).replace("8", "٨"),
        str(ID)[:-1],
        f"{ID}0",
        "g" + str(ID)[1:],
    ],
)
def test_no_other_spelling_is_a_uuid(text: str) -> None:
    assert read_uuid(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rec_",
        ID.hex,
        f"rec_{ID}",
        f"REC_{ID.hex}",
        f"rec_{ID.hex.upper()}",
        f"rec_rec_{ID.hex}",
        f"med_{ID.hex}",
        f"rec_{ID.hex}\n",
        f"rec_{ID.hex}0",
    ],
)
def test_no_other_spelling_has_the_prefix(text: str) -> None:
    assert read_prefixed("rec_", text) is None
