"""What the server's pepper seals opens where it was sealed, and nowhere else."""

import secrets
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from blobs.programs.run import preloading, run
from dictabelt.core.errors import StorageFailed
from dictabelt.secret import Seal

MADE = """
import ctypes, errno, sys
from pathlib import Path
from dictabelt.core.errors import StorageFailed
from dictabelt.secret import pepper

ctypes.CDLL(None).arm(b"fsync", int(sys.argv[2]), errno.EIO)
try:
    pepper(Path(sys.argv[1]), kept=False)
except StorageFailed as error:
    print(error)
"""

PEPPER, OTHER = b"\x01" * 32, b"\x02" * 32
PLAIN, CONTEXT = b"whsec_a very well kept secret", b"account and row"


@settings(deadline=None)
@given(plain=st.binary(), context=st.binary())
def test_what_was_sealed_opens_again(plain: bytes, context: bytes) -> None:
    sealed = Seal(PEPPER).seal(plain, context)
    assert Seal(PEPPER).open(sealed, context) == plain


def test_a_sealed_value_shows_nothing_and_differs_each_time() -> None:
    seal = Seal(PEPPER)
    first, second = seal.seal(PLAIN, CONTEXT), seal.seal(PLAIN, CONTEXT)
    assert PLAIN not in first
    assert first != second
    assert first[:12] != second[:12]
    assert first[12:] != second[12:]


@pytest.mark.parametrize("context", [b"", b"account and another row", CONTEXT + b"\0"])
def test_in_another_context_it_does_not_open(context: bytes) -> None:
    sealed = Seal(PEPPER).seal(PLAIN, CONTEXT)
    with pytest.raises(StorageFailed, match=r"secret\.key"):
        Seal(PEPPER).open(sealed, context)


def test_under_another_pepper_it_does_not_open() -> None:
    sealed = Seal(PEPPER).seal(PLAIN, CONTEXT)
    with pytest.raises(StorageFailed, match="does not open"):
        Seal(OTHER).open(sealed, CONTEXT)


def test_one_bit_changed_anywhere_is_noticed() -> None:
    seal = Seal(PEPPER)
    sealed = seal.seal(PLAIN, CONTEXT)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1 << secrets.randbelow(8)
        with pytest.raises(StorageFailed):
            seal.open(bytes(changed), CONTEXT)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 11, 12, 27])
def test_what_is_too_short_to_be_sealed_is_refused(length: int) -> None:
    with pytest.raises(StorageFailed):
        Seal(PEPPER).open(bytes(length), CONTEXT)


def test_the_pepper_itself_is_no_key() -> None:
    sealed = Seal(PEPPER).seal(PLAIN, CONTEXT)
    with pytest.raises(InvalidTag):
        AESGCM(PEPPER).decrypt(sealed[:12], sealed[12:], CONTEXT)


def test_a_new_pepper_is_believed_once_it_and_its_name_are_on_the_disk(
    tmp_path: Path, refusing: Path
) -> None:
    def made(nth: int) -> tuple[bool, bool]:
        """Whether it was refused at that sync, and whether it has its name."""
        (folder := tmp_path / str(nth)).mkdir()
        said = run("-c", MADE, folder / "secret.key", nth, environment=preloading(refusing))
        return "cannot be written" in said, (folder / "secret.key").exists()

    assert [made(nth) for nth in (1, 2, 3)] == [(True, False), (True, True), (False, True)]
