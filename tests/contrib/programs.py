"""Programs of others that a machine may have or not."""

import os
import shutil

import pytest

_PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def program(name: str) -> str:
    """Where it is; skips the test where it is not."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        pytest.skip(f"no {name} on this machine")
    return found
