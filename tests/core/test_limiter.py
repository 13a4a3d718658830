"""The limiter: no queue, a refusal at once."""

import pytest

from dictabelt.core.errors import TooBusy
from dictabelt.core.limiter import Limiter


def test_one_too_many_is_refused_at_once_and_told_when_to_come_back() -> None:
    limiter = Limiter(2, retry_after=9)
    with limiter.slot(), limiter.slot(), pytest.raises(TooBusy) as caught, limiter.slot():
        pass
    assert caught.value.retry_after == 9


def test_a_slot_is_free_again_after_success_and_after_failure() -> None:
    limiter = Limiter(1, retry_after=9)
    with limiter.slot():
        pass
    with pytest.raises(ZeroDivisionError), limiter.slot():
        raise ZeroDivisionError
    with limiter.slot():
        pass


def test_a_refusal_takes_no_slot() -> None:
    limiter = Limiter(1, retry_after=9)
    with limiter.slot():
        for _ in range(3):
            with pytest.raises(TooBusy), limiter.slot():
                pass
    with limiter.slot():
        pass
